import type { EvidenceRecord } from '@spanforge/core-events';
import { executionEndedV1, executionStartedV1 } from '@spanforge/core-events/records';
import type { GraphStep } from './graph.js';

/**
 * The governed calls of a trace as steps of its graph. Each has the labels of its arguments and of
 * its result, and follows from the calls whose labels it inherited.
 */
export function stepsOfCalls(records: readonly EvidenceRecord[]): readonly GraphStep[] {
  const steps = new Map<string, GraphStep>();
  for (const { type, mode, body } of records) {
    if (mode !== 'live') continue;
    if (type === executionStartedV1.key) add(steps, executionStartedV1.fromWire(body));
    if (type === executionEndedV1.key) add(steps, executionEndedV1.fromWire(body));
  }
  return [...steps.values()];
}

interface CallBody {
  readonly callId: string;
  readonly tool: string;
  readonly status?: string;
  readonly labels?: readonly string[] | undefined;
  readonly inputLabels?: readonly string[] | undefined;
  readonly propagation?: readonly { readonly fromCallId: string }[] | undefined;
}

/** Joins the start and the end of a call. */
function add(steps: Map<string, GraphStep>, body: CallBody): void {
  const { callId: id, tool, status, labels = [], inputLabels = [], propagation = [] } = body;
  const known = steps.get(id);
  const from = propagation.map(({ fromCallId }) => fromCallId).filter((one) => one !== id);
  const ended = status === undefined ? 'not ended' : status;
  steps.set(id, {
    id,
    title: ended === 'completed' ? tool : `${tool} (${ended})`,
    labels: union(known?.labels, labels, inputLabels),
    follows: union(known?.follows, from),
  });
}

const union = (...lists: readonly (readonly string[] | undefined)[]): readonly string[] => [
  ...new Set(lists.flatMap((list) => list ?? [])),
];
