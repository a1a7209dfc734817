import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaAttack } from './schema-attacks.js';
import { siteFiles } from './site.js';
import { type Sql, withSql } from './sql.js';

const TABLES = [
  ...['batch', 'content', 'posting', 'segment', 'claim', 'idempotency'],
  ...['disclosure', 'derived', 'lease', 'counter'],
];
/** Tables that belong together: what an attacker who knows the store would exchange as one. */
const TOGETHER: readonly (readonly string[])[] = [
  ['batch', 'content'],
  ['claim', 'idempotency'],
  ['posting', 'segment', 'claim', 'idempotency'],
  ['posting', 'segment', 'derived'],
  ['batch', 'content', 'posting', 'segment', 'claim', 'idempotency', 'disclosure', 'counter'],
];
const SEGMENT = 8192;

const foreignFiles = (folder: string) => siteFiles(join(folder, 'foreign'));
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const attack = (name: string, carryOut: (folder: string) => void): SchemaAttack => ({
  ...{ table: 'mixed', column: '*', name },
  carryOut,
});

const inDatabase = (name: string, work: (sql: Sql, folder: string) => void): SchemaAttack =>
  attack(name, (folder) => withSql(siteFiles(folder).database, (sql) => work(sql, folder)));

function fromAnother(sql: Sql, path: string, work: () => void): void {
  sql.exec(`ATTACH ${quote(path)} AS other`);
  try {
    sql.exec('BEGIN');
    work();
    sql.exec('COMMIT');
  } finally {
    sql.exec('DETACH other');
  }
}

/** Whole tables of another database in place of ours. */
function exchange(sql: Sql, path: string, tables: readonly string[]): void {
  fromAnother(sql, path, () => {
    for (const table of tables) {
      sql.exec(`DELETE FROM main.${table}`);
      sql.exec(`INSERT INTO main.${table} SELECT * FROM other.${table}`);
    }
  });
}

const sizeOf = (sql: Sql, schema = 'main'): number =>
  Number(sql.rows(`SELECT max(first + count) FROM ${schema}.batch`)[0]?.[0] ?? 0);

/** Writes a stored row again behind the last record: its bytes and HMACs are authentic. */
function repeatRow(sql: Sql, schema: string, first: number): void {
  const size = sizeOf(sql);
  const segment = Math.floor(size / SEGMENT);
  const from = `${schema}.`;
  sql.exec(`INSERT INTO main.batch SELECT ${size}, count, min_time, max_time
    FROM ${from}batch WHERE first = ${first}`);
  sql.exec(`INSERT INTO main.content SELECT ${size}, ends, times, leaves, kids, macs, bytes
    FROM ${from}content WHERE first = ${first}`);
  sql.exec(`INSERT OR IGNORE INTO main.segment VALUES (${segment})`);
  sql.exec(`INSERT INTO main.posting SELECT ${segment}, term, ${size}, members
    FROM ${from}posting WHERE first = ${first}`);
}

/** The rows of a database, with the type of what they hold. */
function rowsOf(path: string): readonly (readonly [first: number, type: string])[] {
  return withSql(path, (sql) =>
    sql
      .rows(
        "SELECT first, group_concat(substr(term, 6), ' ') FROM posting WHERE term LIKE 'type:%' GROUP BY first ORDER BY first",
      )
      .map(([first, types]) => [Number(first), String(types)] as const),
  );
}

/** Authentic records of this log, or of another of the same name, written a second time. */
function repetitions(folder: string): readonly SchemaAttack[] {
  const { database } = siteFiles(folder);
  return [
    ...rowsOf(database)
      .filter(([first]) => first < 200)
      .map(([first, type]) =>
        inDatabase(`row ${first} again: ${type}`, (sql) => repeatRow(sql, 'main', first)),
      ),
    inDatabase('records of another log behind ours', (sql, place) => {
      fromAnother(sql, foreignFiles(place).database, () => {
        for (const [first] of sql.rows('SELECT first FROM other.batch WHERE first > 0')) {
          repeatRow(sql, 'other', Number(first));
        }
      });
    }),
    inDatabase('the last rows exchanged', (sql) => {
      const rows = sql.rows('SELECT first, count FROM batch ORDER BY first DESC LIMIT 20');
      const two = rows.filter(([, count], at) => at > 0 && count === rows[0]?.[1]);
      const [a, b] = [Number(rows[0]?.[0]), Number(two[0]?.[0])];
      for (const table of ['batch', 'content', 'posting']) {
        sql.exec(`UPDATE ${table} SET first = -1 WHERE first = ${a}`);
        sql.exec(`UPDATE ${table} SET first = ${a} WHERE first = ${b}`);
        sql.exec(`UPDATE ${table} SET first = ${b} WHERE first = -1`);
      }
    }),
  ];
}

function exchanges(): readonly SchemaAttack[] {
  const sets = [...TABLES.map((table) => [table]), ...TOGETHER];
  return sets.flatMap((tables) => [
    inDatabase(`older ${tables.join(', ')}`, (sql, place) =>
      exchange(sql, siteFiles(place).older, tables),
    ),
    inDatabase(`another log's ${tables.join(', ')}`, (sql, place) =>
      exchange(sql, foreignFiles(place).database, tables),
    ),
  ]);
}

const TYPES = ['spanforge.manifest.actor.v1', 'spanforge.policy.lifecycle.v1'];

/** What is in the index and not, or not yet, in the log; and signed roots of other times. */
function ofTheIndex(): readonly SchemaAttack[] {
  const future = (sql: Sql, term: string): void => {
    const size = sizeOf(sql);
    sql.exec(`INSERT OR IGNORE INTO segment VALUES (${Math.floor(size / SEGMENT)})`);
    for (let at = size; at < size + 40; at += 1) {
      sql.exec(
        `INSERT OR REPLACE INTO posting VALUES (${Math.floor(at / SEGMENT)}, ${quote(term)}, ${at}, x'0000')`,
      );
    }
  };
  return [
    ...TYPES.map((type) =>
      inDatabase(`entries of ${type} for records to come`, (sql) => future(sql, `type:${type}`)),
    ),
    inDatabase('claims and keys for records to come', (sql) => {
      const size = sizeOf(sql);
      sql.exec(`INSERT INTO claim SELECT name || 'x', ${size} + first FROM claim`);
      sql.exec(`INSERT INTO idempotency SELECT 'f' || substr(key, 2), request, ${size}, 1
        FROM idempotency WHERE substr(key, 1, 1) <> 'f'`);
    }),
    ...['index/', 'checkpoint/', 'tile/', ''].flatMap((begin) => [
      inDatabase(
        `derived ${begin}* of before, and the entries of withdrawals gone`,
        (sql, place) => {
          fromAnother(sql, siteFiles(place).older, () => {
            sql.exec(`DELETE FROM main.derived WHERE key LIKE '${begin}%'`);
            sql.exec(
              `INSERT INTO main.derived SELECT * FROM other.derived WHERE key LIKE '${begin}%'`,
            );
            const newer = '(SELECT max(first + count) FROM other.batch)';
            for (const type of TYPES) {
              sql.exec(
                `DELETE FROM main.posting WHERE term = ${quote(`type:${type}`)} AND first >= ${newer}`,
              );
            }
          });
        },
      ),
      inDatabase(`derived ${begin}* of another log`, (sql, place) => {
        fromAnother(sql, foreignFiles(place).database, () => {
          sql.exec(`DELETE FROM main.derived WHERE key LIKE '${begin}%'`);
          sql.exec(
            `INSERT INTO main.derived SELECT * FROM other.derived WHERE key LIKE '${begin}%'`,
          );
        });
      }),
    ]),
    inDatabase('signed roots of segments exchanged with each other', (sql) => {
      const rows = sql.rows("SELECT key, value FROM derived WHERE key LIKE 'index/%' ORDER BY key");
      const values = rows.map(([, value]) => value as Uint8Array);
      for (const [at, [key]] of rows.entries()) {
        const next = values[(at + 1) % values.length] ?? new Uint8Array();
        sql.run('UPDATE derived SET value = ? WHERE key = ?', next, String(key));
      }
    }),
    inDatabase('all of the index gone, with what was signed of it', (sql) => {
      sql.exec('DELETE FROM posting');
      sql.exec('DELETE FROM segment');
      sql.exec("DELETE FROM derived WHERE key LIKE 'index/%' OR key LIKE 'terms%'");
    }),
    inDatabase('what withdraws is gone, from its index, claims and keys', (sql, place) => {
      fromAnother(sql, siteFiles(place).older, () => {
        const newer = '(SELECT max(first + count) FROM other.batch)';
        for (const table of ['posting', 'claim', 'idempotency']) {
          sql.exec(`DELETE FROM main.${table} WHERE first >= ${newer}`);
        }
        sql.exec("DELETE FROM main.derived WHERE key LIKE 'index/%'");
      });
    }),
  ];
}

/** The files beside the database, written over in place: they keep their inodes. */
function ofTheSideFiles(): readonly SchemaAttack[] {
  const over = (path: string, bytes: Uint8Array): void => {
    if (existsSync(path)) writeFileSync(path, bytes, { flag: 'r+' });
    else writeFileSync(path, bytes);
  };
  return ['-wal', '-shm']
    .flatMap((end) => [
      attack(`${end} written over with another log's`, (place) => {
        const other = `${foreignFiles(place).database}${end}`;
        const bytes = existsSync(other) ? readFileSync(other) : Buffer.alloc(32_768, 3);
        over(`${siteFiles(place).database}${end}`, bytes);
      }),
      attack(`${end} written over with zeros`, (place) => {
        over(`${siteFiles(place).database}${end}`, Buffer.alloc(65_536));
      }),
    ])
    .concat(
      attack('database written over in place with the older one', (place) => {
        copyFileSync(siteFiles(place).older, siteFiles(place).database);
      }),
      attack("database written over in place with another log's", (place) => {
        copyFileSync(foreignFiles(place).database, siteFiles(place).database);
      }),
    );
}

/** Deletions that fit each other, so that what is left agrees with itself. */
function deletions(): readonly SchemaAttack[] {
  const cut = (sql: Sql, from: number): void => {
    for (const table of ['batch', 'content', 'posting', 'claim', 'idempotency', 'disclosure']) {
      sql.exec(`DELETE FROM ${table} WHERE first >= ${from}`);
    }
  };
  const lastRow = (sql: Sql): number => Number(sql.rows('SELECT max(first) FROM batch')[0]?.[0]);
  return [
    inDatabase('the last row cut off everywhere', (sql) => cut(sql, lastRow(sql))),
    inDatabase('half of the log cut off everywhere', (sql) => {
      const half = Math.floor(sizeOf(sql) / 2);
      cut(sql, Number(sql.rows(`SELECT max(first) FROM batch WHERE first <= ${half}`)[0]?.[0]));
    }),
    inDatabase('the last row cut off, with checkpoints and index', (sql) => {
      cut(sql, lastRow(sql));
      sql.exec('DELETE FROM derived');
    }),
    inDatabase('the first row cut off everywhere', (sql) => {
      for (const table of ['batch', 'content', 'posting', 'claim', 'idempotency', 'disclosure']) {
        sql.exec(`DELETE FROM ${table} WHERE first = 0`);
      }
    }),
  ];
}

/** Attacks on several tables and files at once, and with what is authentic elsewhere. */
export function mixedAttacks(folder: string): readonly SchemaAttack[] {
  return [
    ...repetitions(folder),
    ...exchanges(),
    ...ofTheIndex(),
    ...ofTheSideFiles(),
    ...deletions(),
  ];
}
