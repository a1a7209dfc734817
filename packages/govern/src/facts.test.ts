import type { PolicyRequest } from '@spanforge/core-events';
import type { EvidenceLog } from '@spanforge/core-events/log';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallControl, createGovernor, type GovernorParts, govern } from './index.js';
import {
  bodiesOf,
  CONTEXT,
  createFaultyStore,
  decision,
  openLog,
  policyOf,
} from './testing/fixtures.js';
import { addPast, factsOf, NO_PAST, type PastEntry } from './trace/past-trace.js';

function asking(log: EvidenceLog, more: Partial<GovernorParts> = {}) {
  const asked: PolicyRequest[] = [];
  const policy = policyOf((request) => {
    asked.push(structuredClone(request));
    return decision('allow');
  });
  const governor = createGovernor({ log, policy, ...more });
  const read = govern(async ({ id }: { id: string }) => ({ id, owner: 'alice' }), {
    governor,
    name: 'read',
  });
  const write = govern(async (amount: number) => amount, { governor, name: 'write' });
  const callsAt = (control: string) =>
    asked.filter((one) => one.control === control).map(({ calls }) => calls);
  return { asked, governor, read, write, callsAt };
}

const READ = { tool: 'read', args: { id: 'A' }, result: { id: 'A', owner: 'alice' }, labels: [] };

describe('the facts of a trace', () => {
  test('are its completed calls, oldest first, for both questions of a call', async () => {
    const { read, write, asked, callsAt } = asking(await openLog());
    await read({ id: 'A' }, { ...CONTEXT, callId: 'c-1' });
    await write(5, CONTEXT);
    await write(6, CONTEXT);
    expect(callsAt('tool_call')).toEqual([
      [],
      [READ],
      [READ, { tool: 'write', args: 5, result: 5, labels: [] }],
    ]);
    expect(callsAt('tool_result')).toEqual(callsAt('tool_call'));
    expect(asked[0]?.callId).toBe('c-1');
    expect(asked[1]?.facts).toEqual({ result: { id: 'A', owner: 'alice' } });
  });

  test('are those of one tenant and run, over all its traces', async () => {
    const { read, write, callsAt } = asking(await openLog());
    await read({ id: 'A' }, CONTEXT);
    await write(1, { ...CONTEXT, traceId: 'trace-2' });
    await write(2, { ...CONTEXT, run: 'run-2' });
    await write(3, { ...CONTEXT, tenant: 'other' });
    expect(callsAt('tool_call')).toEqual([[], [READ], [], []]);
  });

  test('come back from the log, as another process left them', async () => {
    const { store } = createFaultyStore();
    const before = asking(await openLog(store));
    await before.read({ id: 'A' }, CONTEXT);
    const after = asking(await openLog(store));
    await after.write(1, CONTEXT);
    await after.write(2, { ...CONTEXT, run: 'run-2' });
    expect(after.callsAt('tool_call')).toEqual([[READ], []]);
  });

  test('are what was released: redacted, and not what was withheld or failed', async () => {
    for (const restart of [false, true]) {
      const { store } = createFaultyStore();
      let log = await openLog(store);
      const parts: Partial<GovernorParts> = {
        preflight: [
          {
            name: 'mask',
            control: async ({ tool }) =>
              tool === 'read'
                ? decision('redact', [
                    { kind: 'redact', target: 'result', path: 'owner' },
                    { kind: 'redact', target: 'args', path: 'id' },
                  ])
                : decision('allow'),
          },
        ],
        postflight: [
          {
            name: 'hold',
            control: async (_call, result) => decision(result === 13 ? 'block' : 'allow'),
          },
        ],
      };
      const first = asking(log, parts);
      await first.read({ id: 'A' }, CONTEXT);
      await first.write(13, CONTEXT);
      const failing = govern(() => Promise.reject(new Error('down')), {
        governor: first.governor,
        name: 'fail',
      });
      await failing(undefined, CONTEXT);
      if (restart) log = await openLog(store);
      const { write, callsAt } = restart ? asking(log, parts) : first;
      await write(1, CONTEXT);
      expect(callsAt('tool_call').at(-1)).toEqual([
        {
          tool: 'read',
          args: { id: '[redacted]' },
          result: { id: '[redacted]', owner: '[redacted]' },
          labels: [],
        },
      ]);
    }
  });

  test('do not change when whoever got a result changes it', async () => {
    const { read, write, callsAt } = asking(await openLog());
    const result = await read({ id: 'A' }, CONTEXT);
    if (result.status === 'completed') result.value.owner = 'mallory';
    await write(1, CONTEXT);
    expect(callsAt('tool_call')[1]).toEqual([READ]);
  });

  test('do not change when a control changes what it is shown', async () => {
    const seen: unknown[] = [];
    const scope: CallControl = async ({ calls = [] }) => {
      seen.push(structuredClone(calls));
      for (const { result } of calls) Reflect.set(result as object, 'owner', 'mallory');
      return decision('allow');
    };
    const { read, write } = asking(await openLog(), { scope });
    await read({ id: 'A' }, CONTEXT);
    await write(1, CONTEXT);
    await write(2, CONTEXT);
    expect(seen.slice(1)).toEqual([[READ], [READ, expect.anything()]]);
  });

  test('are for parallel calls what had completed when they began', async () => {
    const { read, write, callsAt } = asking(await openLog());
    await read({ id: 'A' }, CONTEXT);
    await Promise.all([write(1, CONTEXT), write(2, CONTEXT), write(3, CONTEXT)]);
    expect(callsAt('tool_call').slice(1)).toEqual([[READ], [READ], [READ]]);
    await write(4, CONTEXT);
    expect(callsAt('tool_call').at(-1)).toHaveLength(4);
  });

  test.each([
    ['a log that cannot be read', async () => Promise.reject(new Error('down'))],
    ['a log that does not answer', () => new Promise<never>(() => undefined)],
  ])('block a call over %s, and are read again later', async (_name, query) => {
    const log = await openLog();
    let broken = true;
    const flaky: EvidenceLog = {
      ...log,
      query: (asked) => (broken ? query() : log.query(asked)),
    };
    const { write, asked } = asking(flaky, { commitTimeoutMs: 50 });
    const first = await write(1, CONTEXT);
    expect(first).toMatchObject({
      status: 'blocked',
      executed: false,
      reasonCode: 'evidence_unavailable',
    });
    expect(asked).toEqual([]);
    broken = false;
    expect((await write(1, CONTEXT)).status).toBe('completed');
  });

  test('are read anew each time where several processes share a trace', async () => {
    const { store } = createFaultyStore();
    const shared = { facts: { shared: true } };
    const one = asking(await openLog(store), shared);
    const two = asking(await openLog(store), shared);
    await one.write(1, CONTEXT);
    await two.read({ id: 'A' }, CONTEXT);
    await one.write(2, CONTEXT);
    expect(one.callsAt('tool_call').at(-1)).toMatchObject([{ tool: 'write' }, READ]);
  });

  test('are not kept where nobody wants them', async () => {
    const log = await openLog();
    let queries = 0;
    const counted: EvidenceLog = {
      ...log,
      query: (asked) => {
        queries += 1;
        return log.query(asked);
      },
    };
    const { write, callsAt } = asking(counted, { facts: false });
    await write(1, CONTEXT);
    const plain = govern(() => 1, { governor: createGovernor({ log: counted }), name: 'plain' });
    await plain(undefined, CONTEXT);
    expect(callsAt('tool_call')).toEqual([undefined]);
    expect(queries).toBe(0);
  });
});

describe('a trace longer than what is kept', () => {
  test('says nothing where a call is gone, here and after a restart', async () => {
    const { store } = createFaultyStore();
    const limits = { facts: { maxCalls: 2 } };
    const { write, callsAt } = asking(await openLog(store), limits);
    for (let n = 0; n < 4; n += 1) await write(n, CONTEXT);
    expect(callsAt('tool_call').map((calls) => calls?.length)).toEqual([0, 1, 2, undefined]);
    const after = asking(await openLog(store), limits);
    await after.write(9, CONTEXT);
    expect(after.callsAt('tool_call')).toEqual([undefined]);
  });

  test('keeps a call without its result where there is no room for that', async () => {
    const { read, write, callsAt } = asking(await openLog(), { facts: { maxBytes: 200 } });
    await read({ id: 'A' }, CONTEXT);
    await write(1, CONTEXT);
    await write(2, CONTEXT);
    expect(callsAt('tool_call')[2]).toEqual([
      { tool: 'read', args: { id: 'A' }, labels: [] },
      { tool: 'write', args: 1, result: 1, labels: [] },
    ]);
  });

  const entry = (n: number, size: number): PastEntry => {
    const value = { name: 'result', encoded: 'x'.repeat(size), digest: 'd' };
    return {
      callId: `c${n}`,
      tool: 't',
      kind: 'result',
      labels: [`l${n % 5}`],
      args: { name: 'args', encoded: 'y', digest: 'd' },
      value,
      endedAt: n,
    };
  };

  test('stays within its limits, keeps order, and loses neither a label nor that it lost a call', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 60 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 200 }),
        (sizes, maxCalls, maxBytes) => {
          let trace = NO_PAST;
          for (const [n, size] of sizes.entries()) {
            trace = addPast(trace, entry(n, size), { maxCalls, maxBytes });
          }
          const kept = trace.entries.map(({ endedAt }) => endedAt);
          expect(kept).toEqual(sizes.map((_, n) => n).slice(sizes.length - kept.length));
          expect(trace.entries.length).toBeLessThanOrEqual(maxCalls);
          expect(trace.bytes).toBeLessThanOrEqual(maxBytes);
          expect(trace.whole).toBe(kept.length === sizes.length);
          if (!trace.whole) expect(factsOf(trace)).toBeUndefined();
          const labels = new Set([...trace.carried, ...trace.entries.flatMap((one) => one.labels)]);
          expect(labels).toEqual(new Set(sizes.map((_, n) => `l${n % 5}`)));
        },
      ),
    );
  });
});

test('a decision and its start say how long it took to decide', async () => {
  const log = await openLog();
  let now = 1000;
  const governor = createGovernor({
    log,
    clock: () => now,
    scope: async () => {
      now += 7;
      return decision('allow');
    },
  });
  await govern(() => 1, { governor, name: 'tool' })(undefined, CONTEXT);
  expect(await bodiesOf(log, 'execution.started')).toMatchObject([{ decision_ms: 7 }]);
});
