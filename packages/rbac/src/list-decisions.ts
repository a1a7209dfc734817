import {
  type EvidenceQuery,
  type EvidenceReader,
  type EvidenceRecord,
  readRecords,
} from '@spanforge/core-events';
import { rbacV1 } from '@spanforge/core-events/records';
import type { RecordedRbacDecision } from './types.js';

function toDecision(record: EvidenceRecord): RecordedRbacDecision {
  const { id, index, time, mode, context, stateSize } = record;
  return {
    ...rbacV1.fromWire(record.body),
    ...{ id, index, time, mode, context },
    ...(stateSize === undefined ? {} : { stateSize }),
  };
}

/** Every role decision of a trace, in log order. */
export async function listDecisions(
  reader: EvidenceReader,
  where: Pick<EvidenceQuery, 'traceId' | 'tenant'>,
): Promise<readonly RecordedRbacDecision[]> {
  return (await readRecords(reader, { ...where, types: [rbacV1.key] })).map(toDecision);
}
