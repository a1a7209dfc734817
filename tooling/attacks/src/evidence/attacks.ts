import { copyFileSync, rmSync } from 'node:fs';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { leafHash } from '@spanforge/core-signing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { openWorkspace } from 'spanforge';
import { ORIGIN, openShop } from './service.js';
import { siteFiles } from './site.js';
import { type Sql, withSql } from './sql.js';

/** One attack on a closed workspace. */
export interface Attack {
  /** Group N of the faults. */
  readonly id: string;
  readonly name: string;
  /** The history it needs; `long` has it in a closed segment. */
  readonly site: 'short' | 'long';
  /** The trace that is inspected and exported. */
  readonly trace: string;
  carryOut(folder: string): Promise<void>;
}

const ACTORS = "term = 'type:spanforge.manifest.actor.v1'";
const TRACE_GONE = "DELETE FROM posting WHERE term = 'trace:small'";
const LIFECYCLE = "term = 'type:spanforge.policy.lifecycle.v1'";

function bySql(
  id: string,
  name: string,
  work: string | ((sql: Sql) => void),
  more: Partial<Pick<Attack, 'site' | 'trace'>> = {},
): Attack {
  return {
    ...{ id, name, site: 'short', trace: 'small', ...more },
    async carryOut(folder) {
      withSql(siteFiles(folder).database, (sql) => {
        if (typeof work === 'string') sql.exec(work);
        else work(sql);
      });
    },
  };
}

function cutFrom(sql: Sql, first: number): void {
  for (const table of ['batch', 'content', 'disclosure', 'posting', 'idempotency', 'claim']) {
    sql.exec(`DELETE FROM ${table} WHERE first >= ${first}`);
  }
}

function lastActivation(sql: Sql): number {
  return Number(sql.rows(`SELECT max(first) FROM posting WHERE ${LIFECYCLE}`)[0]?.[0]);
}

const REASON = '"reason":"Huge refunds never happen."';

/** Changes a reason in a record; with its leaf, so that the row agrees with itself. */
function edit(sql: Sql, withLeaf: boolean): void {
  const rows = sql.rows('SELECT first, ends, leaves, bytes FROM content ORDER BY first');
  for (const [first, ends, leaves, bytes] of rows as [number, ...Uint8Array[]][]) {
    const changed = Buffer.from(bytes as Uint8Array);
    const at = changed.indexOf(REASON);
    if (at < 0) continue;
    changed.set(Buffer.from('huge'), at + REASON.indexOf('Huge'));
    const all = Buffer.from(leaves as Uint8Array);
    const stops = Buffer.from(ends as Uint8Array);
    for (let record = 0, start = 0; withLeaf && record * 4 < stops.length; record += 1) {
      const end = stops.readUInt32LE(record * 4);
      all.set(leafHash(changed.subarray(start, end)), record * 32);
      start = end;
    }
    sql.run('UPDATE content SET bytes = ?, leaves = ? WHERE first = ?', changed, all, first);
    return;
  }
  throw new Error('the record to edit is not there');
}

const mallory = {
  type: 'spanforge.manifest.actor.v1',
  context: {
    ...{ tenant: 'default', project: 'default', env: 'prod', run: 'run-1', traceId: 'small' },
    ...{ agent: 'helper', actor: 'owner', source: 'attacks@1.0.0' },
  },
  body: { actor_id: 'mallory', roles: ['clerk'], verified_by: 'host' },
};

async function withoutHmac(folder: string): Promise<void> {
  const store = await openSqliteStore({ path: siteFiles(folder).database });
  const log = await openEvidenceLog({ store, origin: ORIGIN, writer: 'stranger', hmac: false });
  await log.append([mallory]);
  await log.close();
}

const DAY_MS = 86_400_000;

/** Somebody who holds the keys of the service, and sets its clock. */
async function oddlyDated(folder: string): Promise<void> {
  const { workspace } = siteFiles(folder);
  for (const ahead of [400 * DAY_MS, 0]) {
    const shop = await openShop(workspace, () => Date.now() + ahead);
    await shop.call('refund', 20 + Math.sign(ahead), 'alice', 'small');
    await shop.close();
  }
}

/** A service with keys and a fault: a tool starts again on the decision of another call. */
async function reuseDecision(folder: string): Promise<void> {
  const { log, close } = await openWorkspace(siteFiles(folder).workspace, 'faulty');
  const { records } = await log.query({ traceId: 'small' });
  const started = records.find(({ type }) => type === 'spanforge.execution.started.v1');
  if (!started) throw new Error('no call to repeat');
  await log.append([
    {
      type: started.type,
      context: { ...mallory.context, actor: 'alice' },
      body: { ...started.body, call_id: 'again' },
    },
  ]);
  await close();
}

/** What is tried; each on a copy of its own. */
export const ATTACKS: readonly Attack[] = [
  bySql('N-01', 'entries of a type deleted, open segment', `DELETE FROM posting WHERE ${ACTORS}`),
  bySql(
    'N-01',
    'entries of a type deleted, closed segment',
    `DELETE FROM posting WHERE ${ACTORS}`,
    {
      site: 'long',
    },
  ),
  bySql('N-01', 'entries of activations deleted', `DELETE FROM posting WHERE ${LIFECYCLE}`, {
    site: 'long',
  }),
  bySql('N-02', 'entries of a trace deleted, open segment', TRACE_GONE),
  bySql('N-02', 'entries of a trace deleted, closed segment', TRACE_GONE, { site: 'long' }),
  bySql(
    'N-02',
    'last entries of a trace deleted, closed segment',
    `DELETE FROM posting WHERE term = 'trace:held'
       AND first = (SELECT max(first) FROM posting WHERE term = 'trace:held')`,
    { site: 'long', trace: 'held' },
  ),
  bySql(
    'N-03',
    'foreign records put under a trace',
    `INSERT OR IGNORE INTO posting
       SELECT segment, 'trace:small', first, members FROM posting WHERE term = 'trace:huge'`,
    { site: 'long' },
  ),
  bySql(
    'N-04',
    'trigger',
    'CREATE TRIGGER t AFTER INSERT ON posting BEGIN DELETE FROM posting; END',
  ),
  bySql('N-04', 'view', 'CREATE VIEW v AS SELECT * FROM posting'),
  bySql('N-04', 'extra index', 'CREATE INDEX i ON posting (first)'),
  bySql('N-05', 'claims deleted', 'DELETE FROM claim', { trace: 'held' }),
  bySql('N-05', 'idempotency keys deleted', 'DELETE FROM idempotency', { trace: 'held' }),
  bySql(
    'N-05',
    'claims, keys and their entries deleted',
    "DELETE FROM claim; DELETE FROM idempotency; DELETE FROM posting WHERE term LIKE 'claim:%'",
    { trace: 'held' },
  ),
  bySql('N-05', 'counters set back', 'DELETE FROM counter'),
  bySql('N-05', 'amounts counted made smaller', 'UPDATE counter SET amount = 0'),
  bySql('N-05', 'table of counters dropped', 'DROP TABLE counter'),
  {
    ...{ id: 'N-06', name: 'database set back under a newer mark', site: 'short', trace: 'small' },
    async carryOut(folder) {
      const { database, older } = siteFiles(folder);
      for (const end of ['-wal', '-shm']) rmSync(`${database}${end}`, { force: true });
      copyFileSync(older, database);
    },
  },
  {
    ...{ id: 'N-07', name: 'mark deleted', site: 'short', trace: 'small' },
    async carryOut(folder) {
      rmSync(siteFiles(folder).mark);
    },
  },
  bySql('N-08', 'last activation deleted', (sql) => {
    cutFrom(sql, lastActivation(sql));
    sql.exec("DELETE FROM derived WHERE key LIKE 'checkpoint/%'");
  }),
  {
    ...{ id: 'N-09', name: 'a record without HMAC inserted', site: 'short', trace: 'small' },
    carryOut: withoutHmac,
  },
  {
    ...{ id: 'N-10', name: 'one decision used for two executions', site: 'short', trace: 'small' },
    carryOut: reuseDecision,
  },
  bySql('T-25', 'bytes edited below the mark', (sql) => edit(sql, false), { trace: 'huge' }),
  bySql('T-25', 'bytes and their leaf edited', (sql) => edit(sql, true), { trace: 'huge' }),
  {
    ...{ id: 'time', name: 'a record dated 400 days ahead', site: 'short', trace: 'small' },
    carryOut: oddlyDated,
  },
];
