import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEvidenceLog, openSignedLog, type SignedLog } from '@spanforge/core-events/log';
import { createFileMark } from '@spanforge/core-events/node';
import { generateSigningKey, leafHash, type SigningKey } from '@spanforge/core-signing';
import {
  createGovernor,
  createReviews,
  type GovernedResult,
  type Reviews,
} from '@spanforge/govern';
import { createRbac, type Rbac } from '@spanforge/rbac';
import { openSqliteStore, type SqliteDriver } from '@spanforge/store-sqlite';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sql, withSql } from './sql.js';

const ORIGIN = 'example.com/approvals';
const SECRET = Uint8Array.from({ length: 32 }, (_, step) => (step * 89 + 41) % 256);
const HOUR_MS = 3_600_000;
const PAY = { to: 'acme', amount: 500 };
const PLACE = { tenant: 'acme', project: 'desk', env: 'test', run: 'run-1', traceId: 'trace-1' };
const OWNER = { ...PLACE, agent: 'desk', actor: 'owner', source: 'attacks@1.0.0' };
const CALL = { ...PLACE, agent: 'bot', actor: 'alice', callId: 'call-1' };

const hasNode = process.getBuiltinModule?.('node:sqlite' as 'node:fs') !== undefined;
const DRIVERS: readonly SqliteDriver[] = hasNode ? ['node', 'libsql'] : ['libsql'];

let key: SigningKey;
let folder = '';
let now = 0;
let paid: unknown[] = [];
let running: Service[] = [];

/** One process over the store: it pays once a person with the role of an approver agrees. */
interface Service {
  readonly log: SignedLog;
  readonly rbac: Rbac;
  readonly reviews: Reviews;
  pay(args?: object, more?: object): Promise<GovernedResult<unknown>>;
}

/** What a row of the table works with. */
interface Desk {
  readonly reviewId: string;
  /** The service that runs, opened again if it was stopped. */
  service(): Promise<Service>;
  /** Another one beside it. */
  another(): Promise<Service>;
  stop(): Promise<void>;
}

async function start(driver: SqliteDriver): Promise<Service> {
  const clock = (): number => now;
  const store = await openSqliteStore({ path: join(folder, 'evidence.db'), driver });
  const log = await openSignedLog({
    ...{ store, origin: ORIGIN, writer: `desk-${running.length}`, clock, signer: key },
    ...{ hmac: { kid: 'approvals', secret: SECRET }, checkpointEveryMs: 0 },
    mark: createFileMark(join(folder, 'mark')),
  });
  const rbac = createRbac({ recorder: log, reader: log, clock });
  const reviewers = rbac.reviewers();
  const governor = createGovernor({
    ...{ log, clock, reviewers, reviewTtlMs: HOUR_MS },
    reviewDemand: () => ({ roles: ['approver'] }),
    scope: async () => ({
      ...{ outcome: 'human_review', obligations: [], reason: 'r', reasonCode: 'r' },
    }),
  });
  governor.govern((args: unknown) => paid.push(args), { name: 'pay' });
  const service = {
    ...{ log, rbac, reviews: createReviews({ log, clock, reviewers }) },
    pay: (args: object = PAY, more: object = {}) =>
      governor.call('pay', args, { ...CALL, ...more }),
  };
  running.push(service);
  return service;
}

async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map(({ log }) => log.close().catch(() => undefined)));
}

const register = ({ rbac }: Service, actorId: string, roles: readonly string[]) =>
  rbac.registerActor({ actorId, roles }, { context: OWNER });

const decide = (reviewer: string, resolution: 'approved' | 'rejected' = 'approved') => ({
  reviewer,
  resolution,
});

/** Cuts the tables at a record, as if it and what came after had never been. */
function cutFrom(sql: Sql, type: string): void {
  const [row] = sql.rows(`SELECT max(first) FROM posting WHERE term = 'type:spanforge.${type}'`);
  const first = Number(row?.[0]);
  if (!(first > 0)) throw new Error(`no ${type} to cut at`);
  for (const table of ['batch', 'content', 'disclosure', 'posting', 'idempotency', 'claim']) {
    sql.exec(`DELETE FROM ${table} WHERE first >= ${first}`);
  }
}

/** Puts another text of the same length where the first stands in records, with their leaves. */
function swap(sql: Sql, from: string, to: string): void {
  let swapped = 0;
  const rows = sql.rows('SELECT first, ends, leaves, bytes FROM content ORDER BY first');
  for (const [first, ends, leaves, bytes] of rows as [number, ...Uint8Array[]][]) {
    const [stops, all, changed] = [ends, leaves, bytes].map((one) => Buffer.from(one ?? []));
    if (!stops || !all || !changed?.includes(from)) continue;
    for (let at = changed.indexOf(from); at >= 0; at = changed.indexOf(from, at + 1)) {
      changed.set(Buffer.from(to), at);
      swapped += 1;
    }
    for (let record = 0, begin = 0; record * 4 < stops.length; record += 1) {
      const end = stops.readUInt32LE(record * 4);
      all.set(leafHash(changed.subarray(begin, end)), record * 32);
      begin = end;
    }
    sql.run('UPDATE content SET bytes = ?, leaves = ? WHERE first = ?', changed, all, first);
  }
  if (swapped === 0) throw new Error(`nothing to swap: ${from}`);
}

const FORGET_CLAIMS = 'CREATE TRIGGER t AFTER INSERT ON claim BEGIN DELETE FROM claim; END';
const CONSUMED = "term = 'type:spanforge.review.consumed.v1'";

interface Row {
  readonly what: string;
  /** What happened before: the call is held, bob approved or rejected it, or it ran. */
  readonly stage: 'held' | 'approved' | 'rejected' | 'used';
  /** What becomes of the database, with the service stopped and while it runs. */
  readonly sql?: string | ((sql: Sql) => void);
  /** What happens before the attack that the attacker wants to undo, or uses. */
  readonly before?: (service: Service, desk: Desk) => Promise<unknown>;
  /** What is tried then; a call like the first unless it says otherwise. */
  readonly tried?: (service: Service, desk: Desk) => Promise<unknown>;
  readonly end: 'refused' | 'exactly once';
}

const expire = async () => {
  now += 2 * HOUR_MS;
};
const withdraw = (service: Service) => service.rbac.unregister('bob', { context: OWNER });
const alike = { to: 'acmf', amount: 500 };
const again = (service: Service, { reviewId }: Desk) =>
  Promise.allSettled([service.pay(), service.pay(PAY, { callId: 'call-2', reviewId })]);

const TABLE: readonly Row[] = [
  {
    what: 'arguments changed by one byte',
    ...{ stage: 'approved', end: 'refused' },
    tried: (service) => service.pay(alike),
  },
  {
    what: 'arguments changed by one byte, in the stored value as well',
    ...{ stage: 'approved', end: 'refused' },
    sql: (sql) => {
      for (const [first, bytes] of sql.rows('SELECT first, bytes FROM disclosure')) {
        const changed = Buffer.from(bytes as Uint8Array);
        const at = changed.indexOf('acme');
        if (at >= 0) changed.set(Buffer.from('acmf'), at);
        sql.run('UPDATE disclosure SET bytes = ? WHERE first = ?', changed, first as number);
      }
    },
    tried: (service) => service.pay(alike),
  },
  { what: 'a replay', stage: 'used', tried: again, end: 'exactly once' },
  {
    what: 'a replay after claims and keys were deleted',
    ...{ stage: 'used', end: 'exactly once' },
    sql: "DELETE FROM claim; DELETE FROM idempotency; DELETE FROM posting WHERE term LIKE 'claim:%'",
    tried: again,
  },
  {
    what: 'a replay after the use was taken from the index',
    ...{ stage: 'used', end: 'exactly once' },
    sql: `DELETE FROM claim; DELETE FROM idempotency; DELETE FROM posting WHERE ${CONSUMED}
      OR term LIKE 'type:spanforge.execution.%' OR term LIKE 'claim:%'`,
    tried: again,
  },
  {
    what: 'a replay after the log was cut before the use',
    ...{ stage: 'used', end: 'exactly once' },
    sql: (sql) => cutFrom(sql, 'review.consumed.v1'),
    tried: again,
  },
  {
    what: 'a replay after the log was cut, and its checkpoints with it',
    ...{ stage: 'used', end: 'exactly once' },
    sql: (sql) => {
      cutFrom(sql, 'review.consumed.v1');
      sql.exec('DELETE FROM derived');
    },
    tried: again,
  },
  { what: 'an approval that expired', stage: 'approved', before: expire, end: 'refused' },
  {
    what: 'an approval that expired, with a later expiry in its record',
    ...{ stage: 'approved', before: expire, end: 'refused' },
    sql: (sql) => swap(sql, '"expires_at":"2026', '"expires_at":"2027'),
  },
  {
    what: 'an approval that expired, with a later time in its row',
    ...{ stage: 'approved', before: expire, end: 'refused' },
    sql: `UPDATE batch SET min_time = min_time + 36e5, max_time = max_time + 36e5`,
  },
  {
    what: 'an approver whose role was withdrawn',
    ...{ stage: 'approved', before: withdraw, end: 'refused' },
  },
  {
    what: 'an approver whose withdrawal was taken from the index',
    ...{ stage: 'approved', before: withdraw, end: 'refused' },
    sql: `DELETE FROM posting WHERE term = 'type:spanforge.manifest.actor.v1' AND first =
      (SELECT max(first) FROM posting WHERE term = 'type:spanforge.manifest.actor.v1')`,
  },
  {
    what: 'an approver whose withdrawal was cut off',
    ...{ stage: 'approved', before: withdraw, end: 'refused' },
    sql: (sql) => cutFrom(sql, 'manifest.actor.v1'),
  },
  {
    what: 'whoever asked approves',
    ...{ stage: 'held', end: 'refused' },
    tried: async (service, { reviewId }) => {
      await register(service, 'alice', ['approver']);
      const own = service.reviews.resolve({ reviewId, ...decide('alice') });
      await expect(own).rejects.toMatchObject({ code: 'GOVERN_REVIEW_SELF_APPROVAL' });
      return service.pay();
    },
  },
  {
    what: 'whoever asked approves, under another name in the request',
    ...{ stage: 'held', end: 'refused' },
    before: (service) => register(service, 'alice', ['approver']),
    sql: (sql) => swap(sql, '"actor":"alice"', '"actor":"carol"'),
    tried: async (service, { reviewId }) => {
      await service.reviews.resolve({ reviewId, ...decide('alice') });
      return service.pay();
    },
  },
  {
    what: 'a rejection turned into an approval',
    ...{ stage: 'rejected', end: 'refused' },
    sql: (sql) => swap(sql, '"rejected"', '"approved"'),
  },
  {
    what: 'a rejection taken from the index, and then an approval',
    ...{ stage: 'rejected', end: 'refused' },
    sql: `DELETE FROM claim; DELETE FROM idempotency; DELETE FROM posting WHERE
      term LIKE 'type:spanforge.review.resolved%' OR term LIKE 'claim:%'`,
    tried: async (service, { reviewId }) => {
      await service.reviews.resolve({ reviewId, ...decide('carol') });
      return service.pay();
    },
  },
  {
    what: 'two approvers at once, in two processes, and a call in each',
    ...{ stage: 'held', end: 'exactly once' },
    tried: async (one, { reviewId, another }) => {
      const other = await another();
      await Promise.allSettled([
        one.reviews.resolve({ reviewId, ...decide('bob') }),
        other.reviews.resolve({ reviewId, ...decide('carol') }),
      ]);
      await Promise.all([one.pay(), other.pay(), other.pay(PAY, { callId: 'call-2', reviewId })]);
    },
  },
  {
    what: 'a restart between approval and execution',
    ...{ stage: 'approved', before: async (_, desk) => desk.stop(), end: 'exactly once' },
    tried: again,
  },
  {
    what: 'a restart between approval and execution, with two processes after it',
    ...{ stage: 'approved', before: async (_, desk) => desk.stop(), end: 'exactly once' },
    tried: async (one, { another }) => {
      const other = await another();
      await Promise.all([one.pay(), other.pay()]);
    },
  },
  {
    what: 'a call when leases were deleted',
    ...{ stage: 'approved', sql: 'DELETE FROM lease', tried: again, end: 'exactly once' },
  },
  {
    what: 'a call when a trigger deletes claims',
    ...{ stage: 'approved', sql: FORGET_CLAIMS, tried: again, end: 'refused' },
  },
];

/** What is said in place of a result: a refusal has a code of ours, anything else is a crash. */
function expectForeseen(error: unknown): void {
  expect((error as { code?: unknown }).code ?? error).toMatch(/^(EVENTS|GOVERN|RBAC)_/);
}

async function prepare(driver: SqliteDriver, stage: Row['stage']): Promise<Desk> {
  const first = await start(driver);
  for (const name of ['bob', 'carol']) await register(first, name, ['approver']);
  const held = await first.pay();
  if (held.status !== 'held') throw new Error(`expected a held call: ${held.reason}`);
  const { reviewId } = held;
  if (stage !== 'held') {
    const resolution = stage === 'rejected' ? stage : 'approved';
    await first.reviews.resolve({ reviewId, ...decide('bob', resolution) });
  }
  if (stage === 'used') expect((await first.pay()).status).toBe('completed');
  return {
    reviewId,
    service: async () => running[0] ?? start(driver),
    another: () => start(driver),
    stop: stopAll,
  };
}

async function carryOut(driver: SqliteDriver, row: Row, whileItRuns: boolean): Promise<void> {
  const desk = await prepare(driver, row.stage);
  await row.before?.(await desk.service(), desk);
  const { sql, tried = (service: Service) => service.pay() } = row;
  if (sql !== undefined) {
    // What is signed is signed by now, as it is once a second.
    for (const { log } of running) await log.checkpointer.checkpoint();
    if (!whileItRuns) await desk.stop();
    withSql(
      join(folder, 'evidence.db'),
      (opened) => (typeof sql === 'string' ? opened.exec(sql) : sql(opened)),
      driver,
    );
  }
  await desk
    .service()
    .then((service) => tried(service, desk))
    .catch(expectForeseen);
  expect(paid).toEqual(row.end === 'refused' ? [] : [PAY]);
}

beforeAll(async () => {
  key = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'approvals-'));
  now = Date.parse('2026-01-01T00:00:00Z');
  paid = [];
  running = [];
});
afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

const rows = (bySql: boolean) =>
  TABLE.filter(({ sql }) => (sql !== undefined) === bySql).map(
    (row) => [row.what, row.end, row] as const,
  );

describe.each(DRIVERS)('an approval in SQLite of %s', (driver) => {
  it.each(rows(false))('%s: %s', (_what, _end, row) => carryOut(driver, row, true));

  describe.each([
    ['stopped', false],
    ['running', true],
  ])('attacked with SQL, the service %s', (_how, whileItRuns) => {
    it.each(rows(true))('%s: %s', (_what, _end, row) => carryOut(driver, row, whileItRuns));
  });

  it('written by a stranger without the secret: refused', async () => {
    const { reviewId, service, stop } = await prepare(driver, 'held');
    await stop();
    const log = await openEvidenceLog({
      store: await openSqliteStore({ path: join(folder, 'evidence.db'), driver }),
      ...{ origin: ORIGIN, writer: 'stranger', hmac: false, clock: () => now },
    });
    const reviewers = async () => ({ eligible: true, reason: 'r', reasonCode: 'r' });
    const reviews = createReviews({ log, clock: () => now, reviewers });
    await reviews.resolve({ reviewId, ...decide('bob') });
    await log.close();
    await service()
      .then((one) => one.pay())
      .catch(expectForeseen);
    expect(paid).toEqual([]);
  });
});
