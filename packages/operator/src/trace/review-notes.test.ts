import {
  reviewConsumedV1,
  reviewEscalatedV1,
  reviewRequestedV1,
  reviewResolvedV2,
} from '@spanforge/core-events/records';
import { describe, expect, it } from 'vitest';
import {
  contextOf,
  openTestLog,
  rbacDraft,
  record,
  scopeDraft,
  type TestLog,
} from '../test-log.js';
import { formatTrace } from './format.js';

const context = contextOf('held');
const about = { reviewId: 'r1', binding: 'b1' };

async function request(log: TestLog['log'], more: object = {}) {
  const body = reviewRequestedV1.toWire({
    ...about,
    callId: 'c1',
    tool: 'payments.refund',
    decisions: [],
    reason: 'A large refund waits.',
    reasonCode: 'rule_triggered',
    rules: ['large'],
    quorum: 2,
    ...more,
  });
  await record(log, { type: reviewRequestedV1.key, context, body });
}

async function vote(
  log: TestLog['log'],
  reviewer: string,
  number: number,
  more: Partial<{ resolution: 'approved' | 'rejected'; approves: string; decided: boolean }> = {},
) {
  const body = reviewResolvedV2.toWire({
    ...about,
    reviewer,
    resolution: 'approved',
    vote: number,
    required: 2,
    decided: false,
    ...more,
  });
  await record(log, { type: reviewResolvedV2.key, context, body });
}

describe('what inspect shows of reviews, scope and roles', () => {
  it('tells a review from its request to its use, by whom', async () => {
    const { log, operator } = await openTestLog();
    await record(log, scopeDraft(context, 'escalate'), rbacDraft(context));
    await request(log);
    const step = { ...about, step: 1, role: 'lead', afterMs: 1000 };
    const escalated = reviewEscalatedV1.toWire(step);
    await record(log, { type: reviewEscalatedV1.key, context, body: escalated });
    await vote(log, 'bob', 1);
    await vote(log, 'carol', 2, { approves: 'b2' });
    await vote(log, 'bob', 3, { approves: 'b2', decided: true });
    const used = reviewConsumedV1.toWire({ ...about, callId: 'c2' });
    await record(log, { type: reviewConsumedV1.key, context, body: used });
    const report = await operator.inspectTrace('held');
    const { reviews, scope, roles } = report.services;
    expect(reviews).toMatchObject([
      { reviewId: 'r1', state: 'executed', required: 2, approvedBy: ['carol', 'bob'] },
    ]);
    expect(reviews[0]?.steps.map(({ step, by }) => [step, by])).toEqual([
      ['requested', 'user:ada'],
      ['escalated', undefined],
      ['approved', 'bob'],
      ['edited', 'carol'],
      ['edited', 'bob'],
      ['executed', 'refund-bot'],
    ]);
    expect(scope).toMatchObject([{ agent: 'refund-bot', outcome: 'escalate', action: 'refund' }]);
    expect(roles).toMatchObject([{ actor: 'user:ada', effective: ['operator'], outcome: 'allow' }]);
    const text = formatTrace(report);
    expect(text).toContain('refund-bot: refund payments -> escalate');
    expect(text).toContain('user:ada: refund payments -> allow: role operator is sufficient');
    expect(text).toContain('r1 is executed (2 of 2 approvals): call c1 of payments.refund');
    expect(text).toMatch(/escalated: to lead\n.* approved by bob: 1 of 2/);
  });

  it('tells a rejection, and one nobody decided in time', async () => {
    const { log, operator } = await openTestLog();
    await request(log, { expiresAt: '2026-05-02T09:00:00.000Z' });
    await request(log, { reviewId: 'r2', quorum: undefined });
    const rejected = { reviewId: 'r2', resolution: 'rejected', decided: true } as const;
    await vote(log, 'bob', 1, rejected);
    const { reviews } = (await operator.inspectTrace('held')).services;
    expect(reviews.map(({ reviewId, state }) => [reviewId, state])).toEqual([
      ['r1', 'expired'],
      ['r2', 'rejected'],
    ]);
    expect(reviews[0]?.steps.at(-1)).toEqual({
      step: 'expired',
      time: '2026-05-02T09:00:00.000Z',
    });
  });

  it('says what absence proves, where something is on record and where nothing is', async () => {
    const { log, operator } = await openTestLog();
    await request(log);
    for (const trace of ['held', 'nobody']) {
      const report = await operator.inspectTrace(trace);
      expect(report.boundary).toContain('cannot show calls that bypassed the governed path');
      expect(formatTrace(report)).toContain(report.boundary);
    }
  });
});
