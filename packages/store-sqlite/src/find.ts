import type { StoredRecord, StoreQuery } from '@spanforge/core-events/log';
import { bounded } from './bounded.js';
import { blob, type Connection } from './connection.js';
import { readContent, readWhole, rowBefore } from './content.js';
import { invalid } from './failure.js';
import { decodeMembers } from './row.js';
import { segmentOf } from './schema.js';

/** A row that may hold records of the answer; `members` are positions, all of them when absent. */
interface Candidate {
  readonly first: number;
  readonly members?: readonly number[];
}

/** Goes to the row at `from`, or to the next one in the direction of the search, without a scan. */
type Seek = (from: number) => Candidate | undefined;

function directionOf(query: StoreQuery): { readonly past: string; readonly order: string } {
  return query.newestFirst ? { past: '<=', order: 'DESC' } : { past: '>=', order: 'ASC' };
}

const damagedEntry = (first: number) =>
  invalid(
    'index_entry',
    { first },
    `an index entry of the row of record ${first} was changed and cannot be read: run "audit fsck", then "audit reindex"`,
  );

function seekTerm(connection: Connection, query: StoreQuery, term: string): Seek {
  const { past, order } = directionOf(query);
  const statement = connection.statement(
    `SELECT first, ${bounded('members', 'NULL')} FROM segment CROSS JOIN posting ON posting.segment = segment.id
     WHERE segment.id ${past} ? AND term = ? AND first ${past} ?
     ORDER BY segment.id ${order}, first ${order} LIMIT 1`,
  );
  return (from) => {
    const row = statement.row(segmentOf(from), term, from);
    if (row?.[1] === null) throw damagedEntry(Number(row[0]));
    return row && { first: Number(row[0]), members: decodeMembers(blob(row[1])) };
  };
}

function seekTime(connection: Connection, query: StoreQuery): Seek {
  const { past, order } = directionOf(query);
  const statement = connection.statement(
    `SELECT first FROM batch WHERE first ${past} ? AND max_time >= ? AND min_time < ?
     ORDER BY first ${order} LIMIT 1`,
  );
  const { fromTimeMs = Number.NEGATIVE_INFINITY, toTimeMs = Number.POSITIVE_INFINITY } = query;
  return (from) => {
    const row = statement.row(from, fromTimeMs, toTimeMs);
    return row && { first: Number(row[0]) };
  };
}

/** All rows: none is passed over because of what is said of its times. */
function seekAny(connection: Connection, query: StoreQuery): Seek {
  const { past, order } = directionOf(query);
  const statement = connection.statement(
    `SELECT first FROM batch WHERE first ${past} ? ORDER BY first ${order} LIMIT 1`,
  );
  return (from) => {
    const row = statement.row(from);
    return row && { first: Number(row[0]) };
  };
}

function seeksOf(connection: Connection, query: StoreQuery): readonly Seek[] {
  const terms = [...new Set(query.terms)].map((term) => seekTerm(connection, query, term));
  const timed = query.fromTimeMs !== undefined || query.toTimeMs !== undefined;
  if (timed) return [...terms, seekTime(connection, query)];
  return terms.length === 0 ? [seekAny(connection, query)] : terms;
}

function common(candidates: readonly Candidate[]): readonly number[] | undefined {
  let shared: readonly number[] | undefined;
  for (const { members } of candidates) {
    if (!members) continue;
    const set = shared && new Set(shared);
    shared = set ? members.filter((position) => set.has(position)) : members;
  }
  return shared;
}

/**
 * Rows that every seek agrees on, in the order of the search. Each seek starts where the one before
 * it landed, so the rarest term decides how many steps there are.
 */
function* agree(seeks: readonly Seek[], start: number, step: 1 | -1): Generator<Candidate> {
  let at = start;
  while (true) {
    const found: Candidate[] = [];
    let reached = at;
    for (const seek of seeks) {
      const candidate = seek(reached);
      if (!candidate) return;
      found.push(candidate);
      reached = candidate.first;
    }
    if (found.every(({ first }) => first === reached)) {
      const members = common(found);
      yield members ? { first: reached, members } : { first: reached };
      reached += step;
    }
    at = reached;
  }
}

/** A row of which so many records are asked for is read at once. */
const MANY = 8;

/** Records of one row that fit the whole query, in the order of the search, up to so many. */
function matches(
  connection: Connection,
  query: StoreQuery,
  candidate: Candidate,
  most: number,
): readonly StoredRecord[] {
  const { from, to = Number.POSITIVE_INFINITY, fromTimeMs, toTimeMs, newestFirst } = query;
  const inRange = (position: number) =>
    candidate.first + position >= from && candidate.first + position < to;
  if (candidate.members && !candidate.members.some(inRange)) return [];
  const isDense = Math.min(most, candidate.members?.length ?? most) >= MANY;
  const content = (isDense ? readWhole : readContent)(connection, candidate.first);
  if (!content) return [];
  const fitting: number[] = [];
  const members = candidate.members ?? Array.from({ length: content.count }, (_, at) => at);
  for (const position of newestFirst ? members.toReversed() : members) {
    if (fitting.length >= most) break;
    if (!inRange(position)) continue;
    const time = content.timeAt(position);
    if (fromTimeMs !== undefined && time < fromTimeMs) continue;
    if (toTimeMs !== undefined && time >= toTimeMs) continue;
    fitting.push(position);
  }
  return content.copies(fitting);
}

/** Finds records by their terms, touching only rows that have them all. */
export function find(connection: Connection, query: StoreQuery): readonly StoredRecord[] {
  const { from, to = Number.MAX_SAFE_INTEGER, newestFirst = false, limit } = query;
  const lowest = rowBefore(connection, from) ?? 0;
  const start = newestFirst ? rowBefore(connection, to - 1) : lowest;
  const found: StoredRecord[] = [];
  if (start === undefined) return found;
  for (const candidate of agree(seeksOf(connection, query), start, newestFirst ? -1 : 1)) {
    if (candidate.first < lowest || candidate.first >= to) return found;
    for (const record of matches(connection, query, candidate, limit - found.length)) {
      found.push(record);
    }
    if (found.length >= limit) return found;
  }
  return found;
}
