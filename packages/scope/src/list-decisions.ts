import type { EvidenceQuery, EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { scopeV1 } from '@spanforge/core-events/records';
import type { RecordedScopeDecision } from './types.js';

const PAGE = 1000;

function toDecision(record: EvidenceRecord): RecordedScopeDecision {
  const { id, index, time, mode, context, stateSize } = record;
  return {
    ...scopeV1.fromWire(record.body),
    ...{ id, index, time, mode, context },
    ...(stateSize === undefined ? {} : { stateSize }),
  };
}

/** Every scope decision of a trace, page after page, in log order. */
export async function listDecisions(
  reader: EvidenceReader,
  where: Pick<EvidenceQuery, 'traceId' | 'tenant'>,
): Promise<readonly RecordedScopeDecision[]> {
  const decisions: RecordedScopeDecision[] = [];
  let cursor: number | undefined = 0;
  while (cursor !== undefined) {
    const page = await reader.query({ ...where, types: [scopeV1.key], cursor, limit: PAGE });
    decisions.push(...page.records.map(toDecision));
    cursor = page.next;
  }
  return decisions;
}
