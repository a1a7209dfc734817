import type { EvidenceRecord } from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';

/** The payload of a recorded decision. */
export type DecisionBody = ReturnType<typeof policyDecisionV1.fromWire>;

/** The payload of a record, or `undefined` if it is not a decision that can be read. */
export function bodyOf(record: EvidenceRecord): DecisionBody | undefined {
  try {
    return policyDecisionV1.fromWire(record.body);
  } catch {
    return undefined;
  }
}
