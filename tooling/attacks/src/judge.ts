import { strictness } from '@spanforge/core-events';
import { createLabelTracker, type TrackedCall } from '@spanforge/lineage/labels';
import type { Decider } from '@spanforge/policy';
import { type CorpusCall, labelsOf, type Sequence } from './corpus.js';

/** A call that writes, and whether it was stopped: blocked, or held for a person. */
export interface JudgedCall {
  readonly sequence: Sequence;
  readonly call: CorpusCall;
  readonly stopped: boolean;
}

/** Replays a sequence: what was stopped did not happen, what was let through did. */
export function judgeSequence(
  decider: Decider | undefined,
  sequence: Sequence,
): readonly JudgedCall[] {
  const tracker = createLabelTracker({ resultsCarry: 'exact' });
  const past: TrackedCall[] = [];
  const judged: JudgedCall[] = [];
  for (const [at, call] of sequence.calls.entries()) {
    const { labels } = tracker.onCall({ args: call.args, past });
    const verdict = decider?.decide({
      ...{ service: 'sf_govern', control: 'tool_call', tool: call.tool, action: call.effect },
      ...{ args: call.args, labels, env: 'test', time: 0 },
      ...{ agent: { id: 'assistant' }, actor: { id: 'user' } },
    });
    const stopped =
      verdict !== undefined && strictness(verdict.outcome) >= strictness('human_review');
    if (call.effect === 'write') judged.push({ sequence, call, stopped });
    if (stopped) continue;
    const carried = [...tracker.onResult({ inputLabels: labels }), ...labelsOf(call)];
    past.push({ callId: `call-${at}`, result: call.result, labels: carried, lost: false });
  }
  return judged;
}
