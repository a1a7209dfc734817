import type { EvidenceLog } from '@spanforge/core-events/log';
import { executionStartedV1 } from '@spanforge/core-events/records';
import { expect, test } from 'vitest';
import type { CallControl } from '../index.js';
import { CALL, CONTEXT, decision, openLog } from '../testing/fixtures.js';
import { approvedResult } from '../testing/withheld-call.js';

/** A call whose result was withheld and approved, over a log that counts how often a run is read. */
async function approved({
  started = 'as it is',
}: {
  started?: 'as it is' | 'without values';
} = {}) {
  const log = await openLog();
  const read = { times: 0 };
  const readRun: EvidenceLog['readRun'] = (...asked) => {
    read.times += 1;
    return log.readRun?.(...asked) as never;
  };
  const query: EvidenceLog['query'] = async (asked) => {
    const found = await log.query(asked);
    const bare = found.records.map((one) => {
      const { values: _values, ...body } = one.body;
      return one.type === executionStartedV1.key ? { ...one, body } : one;
    });
    return started === 'as it is' ? found : { ...found, records: bare };
  };
  const seen: unknown[] = [];
  const scope: CallControl = async ({ calls }) => {
    seen.push(calls);
    return decision('allow');
  };
  const parts = { log: { ...log, readRun, query }, scope };
  const { pay } = await approvedResult(parts, ({ amount }) => ({ paid: amount }));
  return { read, seen, pay };
}

test('a released result is a fact for the next call, without reading the run again', async () => {
  const { read, seen, pay } = await approved();
  expect(await pay({ amount: 5 }, CALL)).toMatchObject({ status: 'completed', executed: false });
  expect(seen).toEqual([[], []]);
  read.times = 0;
  await pay({ amount: 6 }, CONTEXT);
  expect(seen.at(-1)).toEqual([
    { tool: 'pay', args: { amount: 5 }, labels: [], result: { paid: 5 } },
  ]);
  expect(read.times).toBe(0);
});

test('a result is released though its start names no arguments: facts are incomplete then', async () => {
  const { seen, pay } = await approved({ started: 'without values' });
  expect(await pay({ amount: 5 }, CALL)).toMatchObject({
    ...{ status: 'completed', executed: false, value: { paid: 5 } },
  });
  await pay({ amount: 6 }, CONTEXT);
  expect(seen.at(-1)).toBeUndefined();
});
