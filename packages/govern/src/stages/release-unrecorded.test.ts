import { expect, test } from 'vitest';
import { bodiesOf } from '../testing/fixtures.js';
import { approvedResult } from '../testing/withheld-call.js';

const UNRECORDED = {
  ...{ status: 'blocked', executed: false, reasonCode: 'evidence_unavailable' },
  ...{ decisions: [], receipts: [] },
};

test('a result whose release cannot be recorded is not released, and its approval stays', async () => {
  const { log, again, plan } = await approvedResult();
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
  const { log, again } = await approvedResult({
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
  const { log, again } = await approvedResult();
  expect(await again()).toMatchObject({ status: 'completed', decisions: [], obligations: [] });
  const [, released] = await bodiesOf(log, 'execution.ended');
  expect(released?.decisions).toEqual([]);
});
