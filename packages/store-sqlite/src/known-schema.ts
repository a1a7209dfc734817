import { type Connection, connect } from './connection.js';
import { COUNTER_TABLES } from './counters.js';
import type { SqliteDriver } from './driver.js';
import { invalid } from './failure.js';

const OBJECTS = 'SELECT type, name, sql FROM sqlite_schema ORDER BY name';

function objectsOf(connection: Connection): Map<string, string> {
  const rows = connection.statement(OBJECTS).rows();
  return new Map(rows.map(([type, name, sql]) => [String(name), `${type} ${sql}`]));
}

const made = new Map<string, Map<string, string>>();

/** What a store of this version has: its tables, and those of counters once they are needed. */
function knownObjects(tables: string, driver: SqliteDriver): Map<string, string> {
  const name = `${driver}\n${tables}`;
  const known = made.get(name) ?? makeObjects(tables, driver);
  made.set(name, known);
  return known;
}

function makeObjects(tables: string, driver: SqliteDriver): Map<string, string> {
  const memory = connect(':memory:', 0, driver);
  try {
    memory.exec(tables);
    memory.exec(COUNTER_TABLES);
    return objectsOf(memory);
  } finally {
    memory.close();
  }
}

/** Tables, indexes, triggers and views that a store of this version does not have, or lacks. */
export function unknownObjects(connection: Connection, tables: string): readonly string[] {
  const known = knownObjects(tables, connection.driver);
  const found = objectsOf(connection);
  const strange = [...found].filter(([name, sql]) => known.get(name) !== sql);
  const missing = [...known.keys()].filter((name) => !found.has(name) && !name.includes('counter'));
  return [...strange.map(([name]) => name), ...missing];
}

/**
 * A trigger could hide every future entry of the index, a view could stand for a table: a file that
 * has anything this version did not make is not opened.
 *
 * @throws {Fault} `EVENTS_STORE_INVALID` with reason `unknown_schema` and the name.
 */
export function requireKnownSchema(connection: Connection, tables: string): void {
  const [object] = unknownObjects(connection, tables);
  if (object === undefined) return;
  const name = JSON.stringify(object.slice(0, 100));
  const message = `not fit for a SQLite store: it does not have the schema of this version, see ${name} in sqlite_schema`;
  throw invalid('unknown_schema', { object }, message);
}
