import {
  type Awaitable,
  joinDecisions,
  type PolicyReference,
  type RuleFinding,
} from '@spanforge/core-events';
import { type CombinedDecision, NO_OBJECTION } from '../model/combined-decision.js';
import { joinLists } from '../model/join-lists.js';
import {
  askControl,
  type ControlAnswer,
  type ControlRequest,
  type NamedSlot,
} from './ask-control.js';
import { objectionsOf, whoAsks } from './who-asks.js';

/** What the controls have answered so far, joined. */
class Answers {
  #decision = NO_OBJECTION;
  #policy: PolicyReference | undefined;
  #cause: unknown;
  #ids: readonly string[] = [];
  #askedBy: readonly string[] = [];
  #objections: readonly RuleFinding[] = [];
  readonly #notAsked: string[] = [];

  get isBlocked(): boolean {
    return this.#decision.outcome === 'block';
  }

  addNotAsked(name: string): void {
    this.#notAsked.push(name);
  }

  add(name: string, { decision, ids, cause }: ControlAnswer): void {
    const { outcome, obligations, reason, reasonCode } = decision;
    this.#decision = joinDecisions(this.#decision, { outcome, obligations, reason, reasonCode });
    this.#ids = joinLists(this.#ids, ids);
    this.#policy = decision.policy ?? this.#policy;
    this.#cause ??= cause;
    if (outcome === 'block' || outcome === 'human_review') {
      this.#objections = [...this.#objections, ...objectionsOf(decision)];
    }
    if (outcome === 'human_review') {
      this.#askedBy = joinLists(this.#askedBy, whoAsks(name, decision));
    }
  }

  combined(): CombinedDecision {
    return {
      decision: this.#decision,
      ids: this.#ids,
      notAsked: this.#notAsked,
      askedBy: this.#askedBy,
      objections: this.#objections,
      policy: this.#policy,
      cause: this.#cause,
    };
  }
}

/** What the controls are asked, and what may end it early. */
interface Asking {
  readonly slots: readonly NamedSlot[];
  readonly request: ControlRequest;
  readonly signal: AbortSignal | undefined;
}

function askFrom(at: number, asking: Asking, answers: Answers): Awaitable<CombinedDecision> {
  const { slots, request, signal } = asking;
  for (let next = at; next < slots.length; next += 1) {
    const slot = slots[next] as NamedSlot;
    const over = answers.isBlocked && request.question.call.mode === 'enforce';
    if (slot.kind === 'missing' || over || signal?.aborted) {
      answers.addNotAsked(slot.name);
      continue;
    }
    const answer = askControl(slot, request);
    if (answer instanceof Promise) {
      return answer.then((late) => {
        answers.add(slot.name, late);
        return askFrom(next + 1, asking, answers);
      });
    }
    answers.add(slot.name, answer);
  }
  return answers.combined();
}

/**
 * Asks the controls in order and joins their decisions. When enforcing, the first `block` ends it;
 * in shadow mode every control is asked. Answers at once where all of them do.
 */
export function askControls(
  slots: readonly NamedSlot[],
  request: ControlRequest,
  signal: AbortSignal | undefined,
): Awaitable<CombinedDecision> {
  return askFrom(0, { slots, request, signal }, new Answers());
}
