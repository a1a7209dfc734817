import type { EvidenceQuery, EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { rbacV1 } from '@spanforge/core-events/records';
import type { RecordedRbacDecision } from './types.js';

const PAGE = 1000;

function toDecision(record: EvidenceRecord): RecordedRbacDecision {
  const { id, index, time, mode, context, stateSize } = record;
  return {
    ...rbacV1.fromWire(record.body),
    ...{ id, index, time, mode, context },
    ...(stateSize === undefined ? {} : { stateSize }),
  };
}

/** Every role decision of a trace, page after page, in log order. */
export async function listDecisions(
  reader: EvidenceReader,
  where: Pick<EvidenceQuery, 'traceId' | 'tenant'>,
): Promise<readonly RecordedRbacDecision[]> {
  const decisions: RecordedRbacDecision[] = [];
  let cursor: number | undefined = 0;
  while (cursor !== undefined) {
    const page = await reader.query({ ...where, types: [rbacV1.key], cursor, limit: PAGE });
    decisions.push(...page.records.map(toDecision));
    cursor = page.next;
  }
  return decisions;
}
