import { siteFiles } from './site.js';
import { type Sql, withSql } from './sql.js';

/** One change to a database that somebody without keys can make. */
export interface SchemaAttack {
  readonly table: string;
  /** `*` for whole rows. */
  readonly column: string;
  readonly name: string;
  carryOut(folder: string): void;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly key: boolean;
}

interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Kinds of rows: what a text in the key begins with, and all rows where there is one kind. */
  readonly kinds: readonly { readonly says: string; readonly where: string }[];
}

type Value = number | string | Uint8Array | null;

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function columnsOf(sql: Sql, table: string): readonly Column[] {
  return sql
    .rows(`SELECT name, type, "notnull", pk FROM pragma_table_info(${literal(table)})`)
    .map(([name, type, required, key]) => ({
      ...{ name: String(name), type: String(type).toUpperCase() },
      ...{ nullable: Number(required) === 0 && Number(key) === 0, key: Number(key) > 0 },
    }));
}

/** `tile/`, `checkpoint/`, `type:`, `trace:`: rows of one table mean different things. */
function kindsOf(sql: Sql, table: string, columns: readonly Column[]): Table['kinds'] {
  const named = columns.find(({ key, type }) => key && type === 'TEXT');
  if (named === undefined) return [{ says: '', where: '1' }];
  const texts = sql.rows(`SELECT DISTINCT ${quote(named.name)} FROM ${quote(table)}`);
  const begins = texts.map(([text]) => /^[^:/]*[:/]/.exec(String(text))?.[0] ?? '');
  const kinds = [...new Set(begins)].sort().map((begin) => ({
    says: begin,
    where:
      begin === ''
        ? `instr(${quote(named.name)}, ':') + instr(${quote(named.name)}, '/') = 0`
        : `substr(${quote(named.name)}, 1, ${begin.length}) = ${literal(begin)}`,
  }));
  return kinds.length === 0 ? [{ says: '', where: '1' }] : kinds;
}

function tablesOf(sql: Sql): readonly Table[] {
  const names = sql.rows(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  return names.map(([name]) => {
    const columns = columnsOf(sql, String(name));
    return { name: String(name), columns, kinds: kindsOf(sql, String(name), columns) };
  });
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

const WEEK_MS = 604_800_000;

/** Other values for one: none may be taken for what was written. */
function othersOf(value: Value): readonly (readonly [string, Value])[] {
  if (typeof value === 'number') {
    const late = value > 1e11;
    return [
      ['one more', value + 1],
      ['0', 0],
      ['less', value - (late ? WEEK_MS : 1)],
      ['much more', value + (late ? WEEK_MS : 1e9)],
    ];
  }
  if (typeof value === 'string') {
    const last = value.at(-1) === 'x' ? 'y' : 'x';
    return [
      ['another text', value.slice(0, -1) + last],
      ['empty', ''],
    ];
  }
  if (value === null || value.length === 0) return [['bytes of its own', new Uint8Array(34)]];
  const { length } = value;
  return [
    ['first bit flipped', flipped(value, 0)],
    ['bit in the middle flipped', flipped(value, Math.floor(length / 2))],
    ['last bit flipped', flipped(value, length - 1)],
    ['cut in half', value.slice(0, length >>> 1)],
    ['empty', new Uint8Array()],
    ['doubled', Buffer.concat([value, value])],
  ];
}

function rowsOf(sql: Sql, { name, columns }: Table, where: string): readonly (readonly Value[])[] {
  const list = columns.map((column) => quote(column.name)).join(', ');
  const keys = columns.filter(({ key }) => key).map((column) => quote(column.name));
  return sql.rows(
    `SELECT ${list} FROM ${quote(name)} WHERE ${where} ORDER BY ${keys.join(', ')}`,
  ) as readonly (readonly Value[])[];
}

/** Writes one value into one row, over whatever has its key then. */
function write(sql: Sql, table: Table, row: readonly Value[], at: number, value: Value): void {
  const keys = table.columns.flatMap(({ key, name }, column) =>
    key ? [[`${quote(name)} = ?`, row[column] ?? null] as const] : [],
  );
  sql.run(
    `UPDATE OR REPLACE ${quote(table.name)} SET ${quote(table.columns[at]?.name ?? '')} = ?
     WHERE ${keys.map(([text]) => text).join(' AND ')}`,
    value,
    ...keys.map(([, of]) => of),
  );
}

function replaceRow(sql: Sql, table: Table, row: readonly Value[]): void {
  const marks = row.map(() => '?').join(', ');
  sql.run(`INSERT OR REPLACE INTO ${quote(table.name)} VALUES (${marks})`, ...row);
}

const inDatabase =
  (work: (sql: Sql) => void) =>
  (folder: string): void =>
    withSql(siteFiles(folder).database, work);

const middle = <Item>(list: readonly Item[]): Item | undefined => list[list.length >>> 1];

function columnAttacks(
  table: Table,
  column: number,
  where: string,
  rows: readonly (readonly Value[])[],
  says: string,
): readonly SchemaAttack[] {
  const { name, nullable } = table.columns[column] as Column;
  const at = { table: table.name, column: name };
  const attack = (what: string, work: (sql: Sql) => void): SchemaAttack => ({
    ...at,
    name: says === '' ? what : `${says} ${what}`,
    carryOut: inDatabase(work),
  });
  const one = middle(rows);
  if (one === undefined) return [];
  const attacks = othersOf(one[column] ?? null).map(([what, value]) =>
    attack(`${what}, one row`, (sql) => write(sql, table, one, column, value)),
  );
  if (nullable) {
    attacks.push(attack('NULL, one row', (sql) => write(sql, table, one, column, null)));
  }
  const other = rows.find(
    (row) => row[column] !== one[column] && String(row[column]) !== String(one[column]),
  );
  if (other !== undefined && !table.columns[column]?.key) {
    attacks.push(
      attack('swapped between two rows', (sql) => {
        write(sql, table, one, column, other[column] ?? null);
        write(sql, table, other, column, one[column] ?? null);
      }),
    );
  }
  const [first] = othersOf(one[column] ?? null);
  if (rows.length > 1 && !table.columns[column]?.key && first !== undefined) {
    attacks.push(
      attack('changed in all rows', (sql) => {
        for (const row of rowsOf(sql, table, where)) {
          const changed = othersOf(row[column] ?? null)[0]?.[1] ?? null;
          write(sql, table, row, column, changed);
        }
      }),
    );
  }
  return attacks;
}

/** A row like one that is there, under a key of its own. */
function forged(table: Table, row: readonly Value[]): readonly Value[] {
  const last = table.columns.findLastIndex(({ key }) => key);
  return row.map((value, at) => {
    if (at !== last) return value;
    if (typeof value === 'number') return value + 1_000_000;
    return typeof value === 'string' ? `${value}x` : value;
  });
}

function rowAttacks(
  table: Table,
  where: string,
  rows: readonly (readonly Value[])[],
  says: string,
): readonly SchemaAttack[] {
  const attack = (what: string, work: (sql: Sql) => void): SchemaAttack => ({
    ...{ table: table.name, column: '*' },
    name: says === '' ? what : `${says} ${what}`,
    carryOut: inDatabase(work),
  });
  const [first, last, one] = [rows[0], rows.at(-1), middle(rows)];
  if (first === undefined || last === undefined || one === undefined) return [];
  const remove = (sql: Sql, row: readonly Value[]): void => {
    const keys = table.columns.flatMap(({ key, name }, at) =>
      key ? [[`${quote(name)} = ?`, row[at] ?? null] as const] : [],
    );
    const fits = keys.map(([text]) => text).join(' AND ');
    sql.run(`DELETE FROM ${quote(table.name)} WHERE ${fits}`, ...keys.map(([, of]) => of));
  };
  return [
    attack('all deleted', (sql) => sql.exec(`DELETE FROM ${quote(table.name)} WHERE ${where}`)),
    attack('first deleted', (sql) => remove(sql, first)),
    attack('last deleted', (sql) => remove(sql, last)),
    attack('one in the middle deleted', (sql) => remove(sql, one)),
    attack('a copy under another key', (sql) => replaceRow(sql, table, forged(table, one))),
    ...(first === last
      ? []
      : [
          attack('two rows swapped', (sql) => {
            const [a, b] = [[...first], [...last]];
            const swap = (row: readonly Value[], keys: readonly Value[]) =>
              row.map((value, at) => (table.columns[at]?.key ? (keys[at] ?? null) : value));
            replaceRow(sql, table, swap(a, b));
            replaceRow(sql, table, swap(b, a));
          }),
        ]),
  ];
}

/** Changes to the schema itself, and to what stands in the file's head. */
const OF_THE_SCHEMA: readonly (readonly [string, (table: string) => string])[] = [
  ['dropped', (table) => `DROP TABLE ${table}`],
  ['renamed', (table) => `ALTER TABLE ${table} RENAME TO other`],
  ['a column added', (table) => `ALTER TABLE ${table} ADD COLUMN more TEXT`],
  ['an index of its own', (table) => `CREATE INDEX i ON ${table} (rowid_or_first)`],
  [
    'a trigger that deletes what is written',
    (table) => `CREATE TRIGGER t AFTER INSERT ON ${table} BEGIN DELETE FROM ${table}; END`,
  ],
  ['a view of it', (table) => `CREATE VIEW v AS SELECT * FROM ${table}`],
];

/** Pragmas answer with rows or not, and drivers want to know which. */
function execute(sql: Sql, statement: string): void {
  try {
    sql.exec(statement);
  } catch {
    sql.rows(statement);
  }
}

/** Every change to every column of every table that the file has now, and to its schema. */
export function schemaAttacks(folder: string): readonly SchemaAttack[] {
  return withSql(siteFiles(folder).database, (sql) => {
    const tables = tablesOf(sql);
    const ofRows = tables.flatMap((table) =>
      table.kinds.flatMap(({ says, where }) => {
        const rows = rowsOf(sql, table, where);
        return [
          ...rowAttacks(table, where, rows, says),
          ...table.columns.flatMap((_, at) => columnAttacks(table, at, where, rows, says)),
        ];
      }),
    );
    const ofSchema = tables.flatMap((table) =>
      OF_THE_SCHEMA.map(([name, text]) => ({
        ...{ table: table.name, column: '*', name },
        carryOut: inDatabase((one) =>
          one.exec(
            text(quote(table.name)).replace('rowid_or_first', quote(table.columns[0]?.name ?? '')),
          ),
        ),
      })),
    );
    const ofFile = [
      'PRAGMA user_version = 0',
      'PRAGMA user_version = 2',
      'PRAGMA application_id = 0',
      'CREATE TABLE more (a TEXT)',
      'CREATE TEMP TABLE batch (first INTEGER)',
      'PRAGMA journal_mode = DELETE',
      'PRAGMA schema_version = 9999',
      'PRAGMA encoding = "UTF-16le"; VACUUM',
      'PRAGMA journal_mode = DELETE; PRAGMA page_size = 4096; VACUUM; PRAGMA journal_mode = WAL',
      'PRAGMA auto_vacuum = FULL; VACUUM',
      'PRAGMA auto_vacuum = INCREMENTAL; VACUUM',
      'PRAGMA secure_delete = OFF; VACUUM',
      'ANALYZE',
      'REINDEX',
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'REAL NOT NULL', 'REAL') WHERE name = 'batch'",
    ].map((text) => ({
      ...{ table: '', column: '*', name: text },
      carryOut: inDatabase((one) => {
        for (const statement of text.split('; ')) execute(one, statement);
      }),
    }));
    return [...ofRows, ...ofSchema, ...ofFile];
  });
}

/** Each table with its columns, for a test that none is forgotten. */
export function schemaColumns(folder: string): readonly string[] {
  return withSql(siteFiles(folder).database, (sql) =>
    tablesOf(sql).flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`)),
  );
}
