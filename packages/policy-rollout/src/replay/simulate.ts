import type { Outcome, PolicyReference } from '@spanforge/core-events';
import type { PolicyBundle } from '@spanforge/policy';
import { bundleReference } from '@spanforge/policy/internal';
import { type Breakdown, Counter, NamedCounters, type OutcomeCounts } from './counts.js';
import { createJudge, type JudgeOptions } from './judge.js';
import type { DecidedSide, NotReplayable, NotReplayableReason } from './recorded.js';
import type { DecisionSource } from './replay.js';
import { type DecisionPlace, placeOf, rulesOf } from './report.js';

/** One recorded request, and what the candidate says to it. */
export interface SimulatedDecision extends DecisionPlace {
  readonly after?: DecidedSide;
  readonly missing?: NotReplayable;
}

/** The verdicts of a candidate on recorded requests. */
export interface SimulationReport {
  readonly candidate: PolicyReference;
  readonly decisions: number;
  /** Decisions that could not be made; they have no outcome. */
  readonly notReplayable: number;
  readonly reasons: Readonly<Partial<Record<NotReplayableReason, number>>>;
  /** Decisions with a rule that could not be decided, and counted as the stricter of its choices. */
  readonly indeterminate: number;
  readonly outcomes: OutcomeCounts;
  readonly byRule: Breakdown<OutcomeCounts>;
  /** Decisions about no tool stand under the empty name. */
  readonly byTool: Breakdown<OutcomeCounts>;
  readonly byTenant: Breakdown<OutcomeCounts>;
}

/** Options for a simulation. */
export interface SimulateOptions extends JudgeOptions {
  readonly candidate: PolicyBundle;
  /** Called with every decision in turn; awaited. */
  readonly onDecision?: (decision: SimulatedDecision) => void | Promise<void>;
  /** Called with the number of decisions done, now and then and at the end. */
  readonly onProgress?: (done: number) => void;
}

const PROGRESS_EVERY = 1024;

/**
 * Asks a candidate about recorded requests, and ignores the recorded verdicts.
 *
 * Nothing is executed, recorded or counted, and no clock is read. A request for which anything is
 * missing has no outcome and is counted separately. Memory does not grow with the number of
 * requests.
 *
 * @throws what the source or a callback throws.
 */
export async function simulate(
  source: DecisionSource,
  options: SimulateOptions,
): Promise<SimulationReport> {
  const { candidate, onDecision, onProgress } = options;
  const judge = createJudge(candidate, options);
  const tally = createTally();
  let done = 0;
  let stopped = false;
  for await (const decision of source) {
    if (decision.ofResult === true && stopped) continue;
    let judged = judge(decision);
    if (judged instanceof Promise) judged = await judged;
    const { side, missing } = judged;
    const told = side === undefined ? { missing } : { after: side };
    const simulated: SimulatedDecision = { ...placeOf(decision), ...told };
    stopped = side?.outcome === 'block';
    tally.add(simulated);
    const waiting = onDecision?.(simulated);
    if (waiting instanceof Promise) await waiting;
    done += 1;
    if (done % PROGRESS_EVERY === 0) onProgress?.(done);
  }
  onProgress?.(done);
  return { candidate: bundleReference(candidate), decisions: done, ...tally.totals() };
}

function createTally() {
  const outcomes = new Counter<Outcome>();
  const reasons = new Counter<NotReplayableReason>();
  const byRule = new NamedCounters<Outcome>();
  const byTool = new NamedCounters<Outcome>();
  const byTenant = new NamedCounters<Outcome>();
  let [notReplayable, indeterminate] = [0, 0];
  const read = (counter: Counter<Outcome>): OutcomeCounts => counter.toObject();
  return {
    add({ tenant, tool = '', after, missing }: SimulatedDecision): void {
      if (missing !== undefined) reasons.add(missing.reason);
      if (after === undefined) {
        notReplayable += 1;
        return;
      }
      const { outcome, rules } = after;
      outcomes.add(outcome);
      if (rules.some(({ finding }) => finding === 'indeterminate')) indeterminate += 1;
      byTool.of(tool).add(outcome);
      byTenant.of(tenant).add(outcome);
      for (const rule of rulesOf(after)) byRule.of(rule).add(outcome);
    },
    totals: () => ({
      notReplayable,
      reasons: reasons.toObject(),
      indeterminate,
      outcomes: outcomes.toObject(),
      byRule: byRule.breakdown(read),
      byTool: byTool.breakdown(read),
      byTenant: byTenant.breakdown(read),
    }),
  };
}
