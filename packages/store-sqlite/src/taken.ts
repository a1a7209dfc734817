import type { TakenChange, TakenClaim, TakenKey } from '@spanforge/core-events/log';
import type { Connection } from './connection.js';
import type { SqlRow } from './sql.js';

const toClaim = ([name, first]: SqlRow): TakenClaim => ({
  name: String(name),
  first: Number(first),
});

const toKey = ([key, request, first, count]: SqlRow): TakenKey => ({
  key: String(key),
  request: String(request),
  first: Number(first),
  count: Number(count),
});

/** What stands under these names. */
export function findTaken(
  connection: Connection,
  claims: readonly string[],
  keys: readonly string[],
) {
  const claim = connection.statement('SELECT name, first FROM claim WHERE name = ?');
  const key = connection.statement(
    'SELECT key, request, first, count FROM idempotency WHERE key = ?',
  );
  const claimRows = claims.map((name) => claim.row(name));
  const keyRows = keys.map((name) => key.row(name));
  return {
    claims: claimRows.map((row) => row && toClaim(row)),
    keys: keyRows.map((row) => row && toKey(row)),
  };
}

/** Claims with names behind one, in SQLite's order. */
export function listClaims(
  connection: Connection,
  after: string,
  limit: number,
): readonly TakenClaim[] {
  return connection
    .statement('SELECT name, first FROM claim WHERE name > ? ORDER BY name LIMIT ?')
    .rows(after, limit)
    .map(toClaim);
}

/** The same of idempotency keys. */
export function listKeys(
  connection: Connection,
  after: string,
  limit: number,
): readonly TakenKey[] {
  return connection
    .statement(
      'SELECT key, request, first, count FROM idempotency WHERE key > ? ORDER BY key LIMIT ?',
    )
    .rows(after, limit)
    .map(toKey);
}

/** Replaces what stands under names inside an open write transaction. */
export function replaceTaken(connection: Connection, change: TakenChange): void {
  const { claims, keys, withoutClaims, withoutKeys } = change;
  for (const name of withoutClaims) {
    connection.statement('DELETE FROM claim WHERE name = ?').run(name);
  }
  for (const key of withoutKeys) {
    connection.statement('DELETE FROM idempotency WHERE key = ?').run(key);
  }
  for (const { name, first } of claims) {
    connection.statement('INSERT OR REPLACE INTO claim VALUES (?, ?)').run(name, first);
  }
  for (const { key, request, first, count } of keys) {
    connection
      .statement('INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?)')
      .run(key, request, first, count);
  }
}
