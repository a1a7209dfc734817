import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReviewerCheck } from '@spanforge/core-events';
import { type EvidenceLog, fsck, openEvidenceLog } from '@spanforge/core-events/log';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type CallContext,
  createGovernor,
  createReviews,
  type GovernedResult,
  type ReviewDemandFor,
  type Reviews,
} from './index.js';
import { CALL, constant, recordsOf } from './testing/fixtures.js';

const PAY = { to: 'acme', amount: 500 };
const HOUR_MS = 3_600_000;
const SECRET = Uint8Array.from({ length: 32 }, (_, step) => (step * 89 + 41) % 256);

/** One process over the store: a governor of a tool that pays, and the reviews. */
interface Process {
  readonly log: EvidenceLog;
  readonly reviews: Reviews;
  pay(args?: unknown, context?: Partial<CallContext>): Promise<GovernedResult<unknown>>;
  close(): Promise<void>;
}

let folder = '';
let now = 0;
let holdsRole = true;
let paid: unknown[] = [];
let open: Process[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spanforge-approvals-'));
  now = Date.parse('2026-01-01T00:00:00Z');
  holdsRole = true;
  paid = [];
  open = [];
});

afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  rmSync(folder, { recursive: true, force: true });
});

const reviewers: ReviewerCheck = async ({ roles }) => ({
  eligible: roles.length === 0 || holdsRole,
  reason: 'by the table of the test',
  reasonCode: 'table',
});

async function start(reviewDemand: ReviewDemandFor = () => ({})): Promise<Process> {
  const clock = (): number => now;
  const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
  const log = await openEvidenceLog({
    ...{ store, origin: 'example.com/approvals', writer: `process-${open.length}` },
    ...{ hmac: { kid: 'approvals', secret: SECRET }, clock },
  });
  const parts = { log, clock, reviewers };
  const governor = createGovernor({
    ...parts,
    ...{ reviewDemand, reviewTtlMs: HOUR_MS, scope: constant('human_review') },
  });
  governor.govern((args: unknown) => paid.push(args), { name: 'pay' });
  let closed = false;
  const process: Process = {
    log,
    reviews: createReviews(parts),
    pay: (args = PAY, context = {}) => governor.call('pay', args, { ...CALL, ...context }),
    async close() {
      if (closed) return;
      closed = true;
      await log.close();
    },
  };
  open.push(process);
  return process;
}

async function hold(process: Process): Promise<string> {
  const held = await process.pay();
  if (held.status !== 'held') throw new Error(`expected a held call: ${held.reason}`);
  return held.reviewId;
}

const approve = ({ reviews }: Process, reviewId: string, reviewer = 'bob') =>
  reviews.resolve({ reviewId, resolution: 'approved', reviewer });

const refused = (code: string) => expect.objectContaining({ code });

async function expectWhole({ log }: Process): Promise<void> {
  const { findings } = await fsck({ log });
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
}

const startsOf = async ({ log }: Process) =>
  (await recordsOf(log)).filter(({ type }) => type === 'spanforge.execution.started.v1');

describe('an approval', () => {
  test.each([
    ['one byte of a text', { to: 'acmf', amount: 500 }],
    ['one digit', { to: 'acme', amount: 501 }],
    ['a member more', { ...PAY, memo: '' }],
    ['a member less', { to: 'acme' }],
    ['another type', { to: 'acme', amount: '500' }],
  ])('is for nothing that differs in %s', async (_what, args) => {
    const process = await start();
    await approve(process, await hold(process));
    expect(await process.pay(args)).toMatchObject({
      status: 'blocked',
      reasonCode: 'review_mismatch',
    });
    expect(paid).toEqual([]);
    await expectWhole(process);
  });

  test('is used once, however often the call is repeated', async () => {
    const process = await start();
    const reviewId = await hold(process);
    await approve(process, reviewId);
    expect((await process.pay()).status).toBe('completed');
    expect((await process.pay()).reasonCode).toBe('already_started');
    expect((await process.pay(PAY, { callId: 'call-2', reviewId })).reasonCode).toBe(
      'approval_consumed',
    );
    expect(paid).toEqual([PAY]);
    expect(await startsOf(process)).toHaveLength(1);
  });

  test('is used once by two processes that race for it', async () => {
    const [one, other] = [await start(), await start()];
    const reviewId = await hold(one);
    await approve(one, reviewId);
    const calls = ['a', 'b', 'c', 'd'].map((callId, at) =>
      (at % 2 === 0 ? one : other).pay(PAY, { callId, reviewId }),
    );
    const statuses = (await Promise.all(calls)).map(({ status }) => status).sort();
    expect(statuses).toEqual(['blocked', 'blocked', 'blocked', 'completed']);
    expect(paid).toEqual([PAY]);
    await expectWhole(other);
  });

  test('ends with its time, decided or not', async () => {
    const process = await start();
    const reviewId = await hold(process);
    await approve(process, reviewId);
    now += HOUR_MS;
    expect(await process.pay()).toMatchObject({ reasonCode: 'review_expired' });
    expect(paid).toEqual([]);
    const late = await start();
    now -= HOUR_MS;
    const held = await late.pay(PAY, { callId: 'call-2' });
    now += HOUR_MS;
    await expect(approve(late, (held as { reviewId: string }).reviewId)).rejects.toThrow(
      refused('GOVERN_REVIEW_EXPIRED'),
    );
  });

  test('does not count once its reviewer has lost the role', async () => {
    const process = await start(() => ({ roles: ['reviewer'] }));
    const reviewId = await hold(process);
    await approve(process, reviewId);
    holdsRole = false;
    expect(await process.pay()).toMatchObject({
      status: 'blocked',
      reasonCode: 'reviewer_not_eligible',
    });
    expect(paid).toEqual([]);
  });

  test.each(['alice', 'ALICE', ' alice', 'al\u200bice', '\u0430lice', 'bot', 'Bot', 'b\u043et'])(
    'is not given by %j, who asked or acts, and the attempt is on record',
    async (reviewer) => {
      const process = await start();
      const reviewId = await hold(process);
      await expect(approve(process, reviewId, reviewer)).rejects.toThrow(
        refused('GOVERN_REVIEW_SELF_APPROVAL'),
      );
      expect((await process.pay()).status).toBe('held');
      expect(paid).toEqual([]);
      const records = await recordsOf(process.log);
      const violations = records.filter(({ type }) => type === 'spanforge.governance.violation.v1');
      expect(violations).toMatchObject([
        { body: { violation: 'review_self_approval', subject: reviewId } },
      ]);
    },
  );

  test('is one decision where two people decide at once in two processes', async () => {
    const [one, other] = [await start(), await start()];
    const reviewId = await hold(one);
    const both = await Promise.allSettled([
      one.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob' }),
      other.reviews.resolve({ reviewId, resolution: 'rejected', reviewer: 'carol' }),
    ]);
    const failed = both.filter((result) => result.status === 'rejected');
    expect(failed.map(({ reason }) => reason.code)).toEqual(['GOVERN_REVIEW_ALREADY_RESOLVED']);
    const approved = both[0]?.status === 'fulfilled';
    expect((await other.pay()).status).toBe(approved ? 'completed' : 'blocked');
    expect(paid).toHaveLength(approved ? 1 : 0);
  });

  test('lives through a restart between the decision and the call, and is then used once', async () => {
    const first = await start();
    const reviewId = await hold(first);
    await approve(first, reviewId);
    await first.close();
    const second = await start();
    expect((await second.pay()).status).toBe('completed');
    await second.close();
    const third = await start();
    expect((await third.pay()).reasonCode).toBe('already_started');
    expect(paid).toEqual([PAY]);
    expect(await startsOf(third)).toHaveLength(1);
    await expectWhole(third);
  });

  test('with other arguments lives through a restart, and exactly those run once', async () => {
    const first = await start();
    const reviewId = await hold(first);
    const args = { to: 'acme', amount: 50 };
    await first.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob', args });
    await first.close();
    const second = await start();
    const other = await start();
    const both = await Promise.all([second.pay(), other.pay()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['blocked', 'completed']);
    expect(paid).toEqual([args]);
    await expectWhole(second);
  });

  test('of a grant is one use each, across processes', async () => {
    const [one, other] = [await start(), await start()];
    const reviewId = await hold(one);
    const bounds = [{ path: 'amount', max: 1000 }];
    const asked = { reviewId, reviewer: 'bob', bounds, maxUses: 3, ttlMs: HOUR_MS };
    await one.reviews.grant(asked);
    const calls = Array.from({ length: 8 }, (_, at) =>
      (at % 2 === 0 ? one : other).pay({ to: 'acme', amount: 100 + at }, { callId: `g${at}` }),
    );
    const done = (await Promise.all(calls)).filter(({ status }) => status === 'completed');
    expect(done).toHaveLength(3);
    expect(paid).toHaveLength(3);
    await expectWhole(other);
  });
});
