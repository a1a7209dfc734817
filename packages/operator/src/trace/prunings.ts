import { type EvidenceRecord, eachRecord } from '@spanforge/core-events';
import { auditPrunedV1 } from '@spanforge/core-events/records';
import type { OperatorLog } from '../log-state.js';

/** Values that a record says were removed after their retention. */
export interface Pruning {
  readonly tenantId: string;
  readonly to: number;
  readonly beforeMs: number;
}

/** What the log says was pruned. @throws {EventsError} of the store. */
export async function readPrunings(log: OperatorLog): Promise<readonly Pruning[]> {
  const found: Pruning[] = [];
  for await (const { body } of eachRecord(log, { types: [auditPrunedV1.key] })) {
    const { tenantId, to, before } = auditPrunedV1.fromWire(body);
    found.push({ tenantId, to, beforeMs: Date.parse(before) });
  }
  return found;
}

/** Whether a pruning covers a record. */
export function wasPruned(
  { index, time, context }: EvidenceRecord,
  prunings: readonly Pruning[],
): boolean {
  return prunings.some(
    ({ tenantId, to, beforeMs }) =>
      tenantId === context.tenant && index < to && Date.parse(time) < beforeMs,
  );
}
