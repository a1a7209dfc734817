import { type PastCall, strictness } from '@spanforge/core-events';
import { createLabelTracker, type TrackedCall } from '@spanforge/lineage/labels';
import type { Decider } from '@spanforge/policy';
import { type CorpusCall, labelsOf, type Sequence } from './corpus.js';

/** A call, and whether it was stopped: blocked, or held for a person. */
export interface JudgedCall {
  readonly sequence: Sequence;
  readonly call: CorpusCall;
  readonly stopped: boolean;
  /** The rules that stopped it. */
  readonly rules: readonly string[];
}

/** The tool whose result is what the user asked for; its output is trusted. */
export const USER_REQUEST = 'user_request';

type Past = TrackedCall & PastCall;

/** Every call of a sequence: what was stopped did not happen, what was let through did. */
export function judgeSequence(
  decider: Decider | undefined,
  sequence: Sequence,
): readonly JudgedCall[] {
  const tracker = createLabelTracker({ resultsCarry: 'exact' });
  const past: Past[] = [
    {
      ...{ callId: 'request', tool: USER_REQUEST, args: {}, result: { text: sequence.goal } },
      ...{ labels: [], lost: false },
    },
  ];
  return sequence.calls.map((call, at) => {
    const { tool, args, result } = call;
    const { labels } = tracker.onCall({ args, past });
    const verdict = decider?.decide({
      ...{ service: 'sf_govern', control: 'tool_call', tool, action: call.effect },
      ...{ args, labels, calls: past, env: 'test', time: 0 },
      ...{ agent: { id: 'assistant' }, actor: { id: 'user' } },
    });
    const stopped =
      verdict !== undefined && strictness(verdict.outcome) >= strictness('human_review');
    const rules = stopped ? verdict.rules.map(({ ruleId }) => ruleId) : [];
    if (!stopped) {
      const carried = [...tracker.onResult({ inputLabels: labels }), ...labelsOf(call)];
      past.push({ callId: `c${at}`, tool, args, result, labels: carried, lost: false });
    }
    return { sequence, call, stopped, rules };
  });
}
