import { expect, test } from 'vitest';
import {
  type CallContext,
  createGovernor,
  type GovernorParts,
  govern,
  resolveReview,
} from '../index.js';
import { bodiesOf, CONTEXT, createFaultyStore, decision, openLog } from '../testing/fixtures.js';

const CALL: CallContext = { ...CONTEXT, callId: 'call-1' };

/** A call whose result was withheld for a person, who has approved it. */
async function approved(parts: Partial<GovernorParts> = {}) {
  const faulty = createFaultyStore();
  const log = await openLog(faulty.store);
  const late = { decision: decision('human_review') };
  const governor = createGovernor({
    log,
    postflight: [{ name: 'late', control: async () => late.decision }],
    ...parts,
  });
  const tool = govern((args: { amount: number }) => args.amount, { governor, name: 'pay' });
  const again = () => tool({ amount: 5 }, CALL);
  const { reviewId } = (await again()) as { reviewId: string };
  await resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob' });
  return { log, again, plan: faulty.plan };
}

const UNRECORDED = {
  ...{ status: 'blocked', executed: false, reasonCode: 'evidence_unavailable' },
  ...{ decisions: [], receipts: [] },
};

test('a result whose release cannot be recorded is not released, and its approval stays', async () => {
  const { log, again, plan } = await approved();
  // The first append finds the earlier start; the second would record the release.
  plan((n) => (n === 1 ? 'fail' : 'none'));
  const result = await again();
  expect(result).toMatchObject({
    ...UNRECORDED,
    cause: expect.objectContaining({ code: 'EVENTS_APPEND_FAILED' }),
  });
  expect(result).not.toHaveProperty('value');
  expect(await bodiesOf(log, 'review.consumed')).toEqual([]);
});

test('a result with more labels than a record can hold is not released', async () => {
  const found = { of: 'then' };
  const { log, again } = await approved({
    labels: {
      onCall: () => ({ labels: [], via: [] }),
      onResult: () => Array.from({ length: 200 }, (_, at) => `${found.of}-${at}`),
    },
  });
  found.of = 'now';
  const result = await again();
  expect(result).toMatchObject({ ...UNRECORDED, cause: expect.any(TypeError) });
  expect(result).not.toHaveProperty('value');
  expect(await bodiesOf(log, 'review.consumed')).toEqual([]);
});

test('a release names no decisions but those that were made for it', async () => {
  const { log, again } = await approved();
  expect(await again()).toMatchObject({ status: 'completed', decisions: [], obligations: [] });
  const [, released] = await bodiesOf(log, 'execution.ended');
  expect(released?.decisions).toEqual([]);
});
