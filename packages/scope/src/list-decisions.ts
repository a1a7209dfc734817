import {
  type EvidenceQuery,
  type EvidenceReader,
  type EvidenceRecord,
  readRecords,
} from '@spanforge/core-events';
import { scopeV1 } from '@spanforge/core-events/records';
import type { RecordedScopeDecision } from './types.js';

function toDecision(record: EvidenceRecord): RecordedScopeDecision {
  const { id, index, time, mode, context, stateSize } = record;
  return {
    ...scopeV1.fromWire(record.body),
    ...{ id, index, time, mode, context },
    ...(stateSize === undefined ? {} : { stateSize }),
  };
}

/** Every scope decision of a trace, in log order. */
export async function listDecisions(
  reader: EvidenceReader,
  where: Pick<EvidenceQuery, 'traceId' | 'tenant'>,
): Promise<readonly RecordedScopeDecision[]> {
  return (await readRecords(reader, { ...where, types: [scopeV1.key] })).map(toDecision);
}
