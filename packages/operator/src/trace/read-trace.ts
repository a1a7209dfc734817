import {
  EventsError,
  type EvidenceQuery,
  type EvidenceReader,
  type EvidenceRecord,
} from '@spanforge/core-events';
import { OperatorError } from '../error.js';

/** A record that is not authentic, its index and why. */
export interface BrokenRecord {
  readonly index: number;
  readonly reason: string;
}

/** Everything a query finds: authentic records and broken ones. */
export interface Selection {
  readonly records: readonly EvidenceRecord[];
  readonly broken: readonly BrokenRecord[];
}

const PAGE = 1000;

function tampered(error: unknown): BrokenRecord | undefined {
  if (!EventsError.is(error) || error.code !== 'EVENTS_RECORD_TAMPERED') return undefined;
  const { index, fault } = error.details;
  return typeof index === 'number' ? { index, reason: String(fault) } : undefined;
}

/**
 * Reads all that a query finds, in log order. A page with a broken record is read again in halves
 * until that record is alone and can be skipped, so that it hides no other.
 *
 * @param from First index that may be answered.
 * @throws {OperatorError} `OPERATOR_SELECTION_TOO_LARGE` beyond `maxRecords`.
 */
export async function readSelection(
  reader: EvidenceReader,
  query: Omit<EvidenceQuery, 'cursor' | 'limit' | 'newestFirst'>,
  maxRecords: number,
  from = 0,
): Promise<Selection> {
  const records: EvidenceRecord[] = [];
  const broken: BrokenRecord[] = [];
  let limit = PAGE;
  let cursor: number | undefined = from;
  while (cursor !== undefined) {
    try {
      const page = await reader.query({ ...query, newestFirst: false, cursor, limit });
      records.push(...page.records);
      cursor = page.next;
    } catch (error) {
      const bad = tampered(error);
      if (bad === undefined) throw error;
      if (limit > 1) {
        limit = Math.floor(limit / 2);
        continue;
      }
      broken.push(bad);
      cursor = bad.index + 1;
    }
    limit = PAGE;
    if (records.length + broken.length > maxRecords) {
      throw new OperatorError('OPERATOR_SELECTION_TOO_LARGE', `more than ${maxRecords} records`, {
        details: { maxRecords },
      });
    }
  }
  return { records, broken };
}

/**
 * A reader that passes over records that are not authentic and tells them, so that one of them hides no
 * other.
 */
export function skipBroken(
  reader: EvidenceReader,
  onBroken: (record: BrokenRecord) => void,
): EvidenceReader {
  const query: EvidenceReader['query'] = async (asked) => {
    let { cursor } = asked;
    for (let limit = asked.limit ?? PAGE; ; ) {
      try {
        return await reader.query({ ...asked, ...(cursor === undefined ? {} : { cursor }), limit });
      } catch (error) {
        const bad = tampered(error);
        if (bad === undefined) throw error;
        if (limit > 1) {
          limit = Math.floor(limit / 2);
          continue;
        }
        onBroken(bad);
        cursor = asked.newestFirst ? bad.index : bad.index + 1;
        limit = asked.limit ?? PAGE;
      }
    }
  };
  return { ...reader, query };
}
