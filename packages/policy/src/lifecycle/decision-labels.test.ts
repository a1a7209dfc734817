import { describe, expect, it } from 'vitest';
import type { ReviewVerdict } from './review.js';
import { aBundle, context, failing, pay, type SetUp, setUp } from './test-policy.js';

const grounding = aBundle({
  rules: [
    {
      rule_id: 'grounded',
      service: 'sf_rag',
      control: 'grounding_threshold',
      action: 'human_review',
      threshold: 0.5,
    },
  ],
});
const score = (observed: number) => ({
  service: 'sf_rag',
  control: 'grounding_threshold',
  observed,
});

/** Decides once and answers with the record's id. */
async function decided({ policy }: SetUp, question: object, more: object = {}): Promise<string> {
  const where = { ...context, ...more };
  const { receipts } = await policy.evaluate(question as never, { context: where });
  return (await receipts)?.[0]?.id ?? '';
}

describe('reviews', () => {
  it('stand for decisions of this tenant only, found by id or by trace', async () => {
    const set = await setUp();
    const id = await decided(set, pay(1));
    const foreign = await decided(set, pay(1), { tenant: 'globex' });
    const review = { verdict: 'true_positive', reviewer: 'rita' } as const;
    await set.policy.labels.recordReview({ ...review, decisionId: id });
    await set.policy.labels.recordReview({ ...review, decisionId: id, traceId: 'trace-1' });
    const [lifecycle] = await set.ofType('spanforge.log.opened.v1');
    for (const decisionId of [
      foreign,
      'nobody',
      lifecycle?.id ?? '',
      '01JBKZ5T900000000000000010',
    ]) {
      await expect(
        set.policy.labels.recordReview({ ...review, decisionId }),
        decisionId,
      ).rejects.toMatchObject({ code: 'POLICY_DECISION_UNKNOWN' });
    }
    await expect(
      set.policy.labels.recordReview({ ...review, decisionId: id, traceId: 'trace-2' }),
    ).rejects.toMatchObject({ code: 'POLICY_DECISION_UNKNOWN' });
  });

  it('keep one per reviewer and decision: the latest, also after a restart', async () => {
    const set = await setUp();
    const id = await decided(set, pay(1));
    const say = (reviewer: string, verdict: ReviewVerdict) =>
      set.policy.labels.recordReview({
        decisionId: id,
        verdict,
        reviewer,
        note: `SECRET ${verdict}`,
      });
    await say('rita', 'true_positive');
    await say('sam', 'needs_tuning');
    await say('rita', 'false_positive');
    const again = set.create();
    const standing = await again.labels.reviews();
    expect(standing.map(({ reviewer, verdict }) => [reviewer, verdict])).toEqual([
      ['sam', 'needs_tuning'],
      ['rita', 'false_positive'],
    ]);
    expect(standing[0]).toMatchObject({ environment: 'prod', traceId: 'trace-1', decisionId: id });
    expect(await again.labels.reviews({ verdict: 'true_positive' })).toEqual([]);
    expect(await again.labels.reviews({ reviewer: 'sam' })).toHaveLength(1);
    const records = await set.ofType('spanforge.policy.review.v1');
    for (const { bytes, context: where } of records) {
      expect(new TextDecoder().decode(bytes)).not.toContain('SECRET');
      expect(where.traceId).toBe('trace-1');
    }
    expect(records[1]?.context.actor).toBe('sam');
    const [note] = await set.log.disclosures(standing[0]?.index ?? -1);
    expect(note?.name).toBe('note');
    const other = set.create({ context: { ...context, tenant: 'globex' } });
    expect(await other.labels.reviews()).toEqual([]);
  });

  it('are refused where they are not well formed or cannot be recorded', async () => {
    const set = await setUp();
    const decisionId = await decided(set, pay(1));
    const good = { decisionId, verdict: 'true_positive', reviewer: 'rita' } as const;
    const bad = [
      {},
      null,
      { ...good, verdict: 'fine' },
      { ...good, reviewer: '' },
      { ...good, more: 1 },
    ];
    for (const each of bad as never[]) {
      await expect(set.policy.labels.recordReview(each)).rejects.toMatchObject({
        code: 'POLICY_REVIEW_INVALID',
      });
    }
    await expect(set.create({ recorder: failing }).labels.recordReview(good)).rejects.toMatchObject(
      {
        code: 'POLICY_EVIDENCE_UNAVAILABLE',
      },
    );
    const { readComplete: _readComplete, ...rest } = set.log;
    const blind = { ...rest, query: failing.append as never };
    await expect(set.create({ reader: blind }).labels.recordReview(good)).rejects.toMatchObject({
      code: 'POLICY_STATE_UNAVAILABLE',
    });
    await expect(set.create({ reader: blind }).labels.reviews()).rejects.toMatchObject({
      code: 'POLICY_STATE_UNAVAILABLE',
    });
    expect(await set.policy.labels.reviews()).toEqual([]);
  });

  it('say how far people agree', async () => {
    const set = await setUp();
    for (const [ann, bea] of [
      ['true_positive', 'true_positive'],
      ['false_positive', 'true_positive'],
    ] as const) {
      const decisionId = await decided(set, pay(1));
      await set.policy.labels.recordReview({ decisionId, verdict: ann, reviewer: 'ann' });
      await set.policy.labels.recordReview({ decisionId, verdict: bea, reviewer: 'bea' });
    }
    const alone = await decided(set, pay(1));
    await set.policy.labels.recordReview({
      decisionId: alone,
      verdict: 'needs_tuning',
      reviewer: 'ann',
    });
    expect(await set.policy.labels.reviewAgreement()).toEqual({
      decisions: 2,
      reviewers: 2,
      counts: { true_positive: 3, false_positive: 1 },
      agreement: 0.5,
      kappa: 0,
      method: 'cohen',
    });
    expect(await set.policy.labels.reviewAgreement({ environment: 'dev' })).toMatchObject({
      decisions: 0,
      method: 'none',
    });
  });
});

describe('the audit sample', () => {
  it('draws calls that were let through, and records with which probability', async () => {
    const draws = [0.1, 0.25, 0.9];
    const set = await setUp({
      auditSample: { probability: 0.25, random: () => draws.shift() ?? 1 },
    });
    await set.policy.lifecycle.activate(grounding);
    for (const observed of [0.9, 0.8, 0.7]) await decided(set, score(observed));
    await decided(set, score(0.1));
    const records = await set.ofType('spanforge.policy.decision.v1');
    expect(records.map(({ body }) => body.audit_probability)).toEqual([
      0.25,
      undefined,
      undefined,
      undefined,
    ]);
    expect(draws).toEqual([]);
  });

  it('draws nothing where no bundle decides, and has no probability that is none', async () => {
    const set = await setUp({ auditSample: { probability: 1 } });
    await decided(set, score(0.9));
    const [record] = await set.ofType('spanforge.policy.decision.v1');
    expect(record?.body.audit_probability).toBeUndefined();
    for (const probability of [0, -1, 1.1, Number.NaN]) {
      expect(() => set.create({ auditSample: { probability } })).toThrow(
        expect.objectContaining({ code: 'POLICY_OPTIONS_INVALID' }),
      );
    }
  });

  it('draws about as many as it says, from the generator of the platform', async () => {
    const set = await setUp({ auditSample: { probability: 0.5 } });
    await set.policy.lifecycle.activate(grounding);
    await Promise.all(Array.from({ length: 200 }, () => decided(set, score(0.9))));
    const records = await set.ofType('spanforge.policy.decision.v1');
    const drawn = records.filter(({ body }) => body.audit_probability === 0.5).length;
    // Beyond seven standard deviations on either side.
    expect(drawn).toBeGreaterThan(50);
    expect(drawn).toBeLessThan(150);
  });
});

describe('labelled observations', () => {
  it('join what was measured, what was flagged and what people said', async () => {
    let draw = 1;
    const set = await setUp({ auditSample: { probability: 0.25, random: () => draw } });
    await set.policy.lifecycle.activate(grounding);
    const flagged = await decided(set, score(0.1));
    const missed = await decided(set, score(0.6));
    draw = 0;
    const sampled = await decided(set, score(0.9), { traceId: 'trace-2' });
    const elsewhere = await decided(set, pay(1));
    const tied = await decided(set, score(0.2));
    const say = (decisionId: string, verdict: ReviewVerdict, reviewer = 'rita') =>
      set.policy.labels.recordReview({ decisionId, verdict, reviewer });
    await say(flagged, 'true_positive');
    await say(flagged, 'true_positive', 'sam');
    await say(flagged, 'false_positive', 'tom');
    await say(missed, 'true_positive');
    await say(sampled, 'false_positive');
    await say(elsewhere, 'true_positive');
    await say(tied, 'true_positive');
    await say(tied, 'false_positive', 'sam');
    const expected = [
      {
        decisionId: flagged,
        observed: 0.1,
        flagged: true,
        label: 'true_positive',
        samplingProbability: 1,
      },
      {
        decisionId: sampled,
        observed: 0.9,
        flagged: false,
        label: 'false_positive',
        samplingProbability: 0.25,
      },
    ];
    const rule = { environment: 'prod', ruleId: 'grounded' };
    expect(await set.policy.labels.labelledObservations(rule)).toEqual(expected);
    const control = { service: 'sf_rag', control: 'grounding_threshold' };
    const asked = { environment: 'prod', control };
    expect(await set.policy.labels.labelledObservations(asked)).toEqual(expected);
    const dev = { ...asked, environment: 'dev' };
    expect(await set.policy.labels.labelledObservations(dev)).toEqual([]);
    await expect(
      set.policy.labels.labelledObservations({ environment: 'prod', ruleId: 'other' }),
    ).rejects.toMatchObject({ code: 'POLICY_OPTIONS_INVALID' });
  });
});
