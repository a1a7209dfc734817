import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { executionEndedV1, executionStartedV1 } from '@spanforge/core-events/records';
import { countCall, createCounts, type GovernanceMetrics, metricsOf } from './metrics.js';

/** Which part of a log metrics are computed from; every given part must hold. */
export interface MetricsWindow {
  readonly tenant?: string;
  readonly project?: string;
  /** Epoch milliseconds, inclusive. */
  readonly fromTimeMs?: number;
  /** Epoch milliseconds, exclusive. */
  readonly toTimeMs?: number;
  /** Actions that bypassed the governor, which no log can know. */
  readonly ungoverned?: number;
  /** Results of the promotion gates, which are not in these records. */
  readonly promotions?: { readonly passed: number; readonly of: number };
}

const PAGE = 1000;
const INSTALLED = ['authorize', 'scope', 'policy'];

interface Decided {
  readonly notAsked?: readonly string[] | undefined;
  readonly decisions: readonly string[];
  readonly reasonCode?: string;
}

/** True when a control left a decision, or at least one of the standard controls was asked. */
function wasEvaluated({ notAsked = [], decisions, reasonCode = 'allowed' }: Decided): boolean {
  if (decisions.length > 0 || reasonCode !== 'allowed') return true;
  return !INSTALLED.every((name) => notAsked.includes(name));
}

/**
 * Computes the metrics from a log: each call counts once, by how it ended. A call that started but
 * has no ending in the window is not counted.
 *
 * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`, `EVENTS_RECORD_TAMPERED`.
 */
export async function metricsFromLog(
  reader: EvidenceReader,
  { ungoverned = 0, promotions, ...window }: MetricsWindow = {},
): Promise<GovernanceMetrics> {
  const counts = createCounts();
  const starts = new Map<string, number | undefined>();
  const count = (record: EvidenceRecord): void => {
    if (record.type === executionStartedV1.key) {
      starts.set(record.id, executionStartedV1.fromWire(record.body).decisionMs);
      return;
    }
    const ended = executionEndedV1.fromWire(record.body);
    const { outcome, startedId = '', decisionMs = starts.get(startedId) } = ended;
    starts.delete(startedId);
    countCall(counts, { evaluated: wasEvaluated(ended), outcome, decisionMs });
  };
  const types = [executionStartedV1.key, executionEndedV1.key];
  let cursor: number | undefined = 0;
  while (cursor !== undefined) {
    const page = await reader.query({ ...window, types, cursor, limit: PAGE });
    for (const record of page.records) {
      if (record.mode === 'live' || record.mode === 'shadow') count(record);
    }
    cursor = page.next;
  }
  counts.actions += ungoverned;
  counts.promotions += promotions?.of ?? 0;
  counts.promoted += promotions?.passed ?? 0;
  return metricsOf(counts);
}
