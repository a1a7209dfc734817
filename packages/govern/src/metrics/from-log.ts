import { type EvidenceReader, type EvidenceRecord, eachRecord } from '@spanforge/core-events';
import { executionEndedV1, executionStartedV1, gateV1 } from '@spanforge/core-events/records';
import { countCall, createCounts, type GovernanceMetrics, metricsOf } from './metrics.js';
import { wasEvaluated } from './was-evaluated.js';

/** Which part of a log metrics are computed from; a record must match every given member. */
export interface MetricsWindow {
  readonly tenant?: string;
  readonly project?: string;
  /** Epoch milliseconds, inclusive. */
  readonly fromTimeMs?: number;
  /** Epoch milliseconds, exclusive. */
  readonly toTimeMs?: number;
  /** Actions that bypassed the governor, which no log can know. */
  readonly ungoverned?: number;
  /** Results of promotion gates to add to those in the log. */
  readonly promotions?: { readonly passed: number; readonly of: number };
}

/** The type of gate that decides about candidates. */
const PROMOTION = 'eval_promotion';

/** What the start record says that the ending needs. */
interface Started {
  readonly decisionMs: number | undefined;
  readonly notAsked: readonly string[];
}

/**
 * Computes the metrics from a log: each call counts once, by how it ended. A call that started but
 * has no ending in the window is not counted. A promotion passed when its gate's verdict is PASS.
 *
 * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`, `EVENTS_RECORD_TAMPERED`.
 */
export async function metricsFromLog(
  reader: EvidenceReader,
  { ungoverned = 0, promotions, ...window }: MetricsWindow = {},
): Promise<GovernanceMetrics> {
  const counts = createCounts();
  const starts = new Map<string, Started>();
  const count = (record: EvidenceRecord): void => {
    if (record.type === executionStartedV1.key) {
      const { decisionMs, notAsked = [] } = executionStartedV1.fromWire(record.body);
      starts.set(record.id, { decisionMs, notAsked });
      return;
    }
    if (record.type === gateV1.key) {
      const { kind, gateType, verdict } = gateV1.fromWire(record.body);
      if (kind !== 'verdict' || gateType !== PROMOTION) return;
      counts.promotions += 1;
      if (verdict === 'PASS') counts.promoted += 1;
      return;
    }
    const ended = executionEndedV1.fromWire(record.body);
    const { outcome, startedId = '', decisions, reasonCode = 'allowed', executed } = ended;
    const started = executed ? starts.get(startedId) : undefined;
    const decisionMs = ended.decisionMs ?? started?.decisionMs;
    const notAsked = started?.notAsked ?? ended.notAsked ?? [];
    const evaluated = wasEvaluated({ notAsked, decisions, reasonCode });
    countCall(counts, { evaluated, outcome, decisionMs });
  };
  const types = [executionStartedV1.key, executionEndedV1.key, gateV1.key];
  for await (const record of eachRecord(reader, { ...window, types })) {
    if (record.mode === 'live' || record.mode === 'shadow') count(record);
  }
  counts.actions += ungoverned;
  counts.promotions += promotions?.of ?? 0;
  counts.promoted += promotions?.passed ?? 0;
  return metricsOf(counts);
}
