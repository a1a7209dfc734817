import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type CallControl, createGovernor, GovernError, govern } from './index.js';
import {
  type AppendFault,
  bodiesOf,
  CONTEXT,
  constant,
  createFaultyStore,
  decision,
  openLog,
} from './testing/fixtures.js';

async function faulty(options: { effect?: 'read' | 'write'; commitTimeoutMs?: number } = {}) {
  const { effect = 'write', commitTimeoutMs = 10_000 } = options;
  const store = createFaultyStore();
  const log = await openLog(store.store);
  const governor = createGovernor({ log, scope: constant('allow'), commitTimeoutMs });
  const runs: number[] = [];
  const tool = govern(
    (n: number) => {
      runs.push(n);
      return `secret ${n}`;
    },
    { governor, name: 'tool', effect },
  );
  const fail = (at: number, fault: AppendFault): void =>
    store.plan((n) => (n === at ? fault : 'none'));
  return { log, store, runs, tool, fail };
}

describe('a context that no record can hold', () => {
  test.each(['actor', 'agent', 'env', 'project', 'run', 'tenant', 'traceId'] as const)(
    'is told by its member %s, and nothing runs',
    async (member) => {
      for (const value of [undefined, 7] as unknown as string[]) {
        for (const effect of ['read', 'write'] as const) {
          const { runs, tool } = await faulty({ effect });
          expect(await tool(1, { ...CONTEXT, [member]: value })).toMatchObject({
            status: 'blocked',
            reasonCode: 'evidence_unavailable',
            reason: `The context of this call has no valid ${member}, so the call could not be recorded.`,
          });
          expect(runs).toEqual([]);
        }
      }
    },
  );
});

describe('a log that is closed', () => {
  test('is told by a code of its own, and nothing runs', async () => {
    const { log, runs, tool } = await faulty();
    expect((await tool(1, CONTEXT)).status).toBe('completed');
    await log.close();
    const closed = { reasonCode: 'log_closed', executed: false, status: 'blocked' };
    expect(await tool(2, CONTEXT)).toMatchObject(closed);
    expect((await tool(3, CONTEXT)).reason).toBe(
      'The evidence log was closed, so this governor takes no more calls.',
    );
    expect(runs).toEqual([1]);
    const refused = createGovernor({ log, scope: constant('block') }).govern(() => 1, {
      name: 'x',
    });
    expect(await refused(1, CONTEXT)).toMatchObject(closed);
  });

  test('is told of a call in shadow, whose tool runs', async () => {
    const log = await openLog();
    const governor = createGovernor({ log, mode: 'shadow' });
    const tool = governor.govern(() => 1, { name: 'tool' });
    await log.close();
    expect(await tool(1, CONTEXT)).toMatchObject({ status: 'completed', reasonCode: 'log_closed' });
  });
});

describe('a log that does not take the start', () => {
  test.each(['fail', 'lost'] as const)('(%s) keeps the tool from running', async (fault) => {
    const { runs, tool, fail } = await faulty();
    fail(0, fault);
    expect(await tool(1, CONTEXT)).toMatchObject({
      status: 'blocked',
      executed: false,
      outcome: 'block',
      reasonCode: 'evidence_unavailable',
      receipts: [],
    });
    expect(runs).toEqual([]);
    expect((await tool(2, CONTEXT)).status).toBe('completed');
  });

  test('in time keeps the tool from running, and a late start gets its ending', async () => {
    const { log, store, runs, tool, fail } = await faulty({ commitTimeoutMs: 20 });
    fail(0, 'hang');
    expect(await tool(1, CONTEXT)).toMatchObject({ reasonCode: 'evidence_unavailable' });
    expect(await bodiesOf(log, 'execution.started')).toEqual([]);
    store.release();
    await expect
      .poll(() => bodiesOf(log, 'execution.ended'))
      .toMatchObject([{ status: 'blocked', executed: false, reason_code: 'evidence_unavailable' }]);
    const [ended] = await bodiesOf(log, 'execution.ended');
    expect(ended).toHaveProperty('started_id');
    expect(runs).toEqual([]);
  });
});

describe('a log that does not take the ending', () => {
  test.each([
    ['write', 'fail', 1],
    ['write', 'hang', 1],
    ['write', 'lost', 1],
    ['read', 'fail', 0],
    ['read', 'hang', 0],
  ] as const)('of a %s tool (%s) keeps the result', async (effect, fault, at) => {
    const { runs, tool, fail } = await faulty({ effect, commitTimeoutMs: 20 });
    fail(at, fault);
    const rejection: unknown = await tool(1, CONTEXT).catch((error: unknown) => error);
    expect(runs).toEqual([1]);
    expect(GovernError.is(rejection)).toBe(true);
    expect(rejection).toMatchObject({
      code: 'GOVERN_ENDING_NOT_RECORDED',
      message: 'the tool ran, and its ending is not on record',
      details: { tool: 'tool', executed: true },
    });
    expect(String(rejection)).not.toContain('secret');
  });

  test('is not asked to release anything before it has it', async () => {
    const { log, store, tool, fail } = await faulty();
    fail(1, 'hang');
    let released = false;
    const waiting = tool(1, CONTEXT).then(() => {
      released = true;
    });
    await expect.poll(async () => (await bodiesOf(log, 'execution.started')).length).toBe(1);
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    expect(released).toBe(false);
    store.release();
    await waiting;
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([{ status: 'completed' }]);
  });
});

describe('a control that cannot answer', () => {
  const controls: Readonly<Record<string, CallControl>> = {
    throws: () => {
      throw new Error('down');
    },
    rejects: () => Promise.reject(new Error('down')),
    hangs: () => new Promise(() => undefined),
    'answers nothing': async () => undefined as never,
    'answers an unknown outcome': async () => decision('permit' as never),
    'answers no reason code': async () => decision('allow', [], ''),
    'answers no obligations': async () => ({ ...decision('allow'), obligations: null }) as never,
    'answers a malformed obligation': async () =>
      decision('allow', [{ kind: 'redact', target: 'args' } as never]),
    'answers a malformed policy': async () => ({ ...decision('allow'), policy: {} }) as never,
  };

  test.each(Object.entries(controls))('(%s) has answered block', async (_name, control) => {
    const log = await openLog();
    for (const parts of [
      { authorize: control },
      { scope: control },
      { policy: { decide: control as never } },
      { preflight: [{ name: 'custom', control }] },
    ]) {
      const governor = createGovernor({ log, ...parts, controlTimeoutMs: 10 });
      let runs = 0;
      const tool = govern(() => ++runs, { governor, name: 'tool' });
      expect(await tool(undefined, CONTEXT)).toMatchObject({
        status: 'blocked',
        outcome: 'block',
        reasonCode: 'control_failed',
        executed: false,
      });
      expect(runs).toBe(0);
    }
    expect(await bodiesOf(log, 'execution.ended')).toHaveLength(4);
  });

  test.each(Object.entries(controls))(
    '(%s) about a result withholds it',
    async (_name, control) => {
      const log = await openLog();
      const postflight = [{ name: 'after', control: control as never }];
      const governor = createGovernor({ log, postflight, controlTimeoutMs: 10 });
      const tool = govern(() => 1, { governor, name: 'tool' });
      expect(await tool(undefined, CONTEXT)).toMatchObject({ status: 'withheld', executed: true });
    },
  );

  test('cannot record after its time', async () => {
    const log = await openLog();
    let late: unknown;
    const governor = createGovernor({
      log,
      controlTimeoutMs: 10,
      scope: (call, recorder) =>
        new Promise(() => {
          setTimeout(() => {
            constant('allow')(call, recorder).catch((error: unknown) => {
              late = error;
            });
          }, 30);
        }),
    });
    const tool = govern(() => 1, { governor, name: 'tool' });
    await tool(undefined, CONTEXT);
    await expect.poll(() => late).toMatchObject({ code: 'GOVERN_CONTROL_TIMED_OUT' });
    expect(await bodiesOf(log, 'policy.decision')).toEqual([]);
  });

  test('record its decision blocks as evidence_unavailable', async () => {
    const log = await openLog();
    const governor = createGovernor({
      log,
      scope: async (call, recorder) => {
        await recorder.append([{ type: 'nonsense.v1', context: call.context, body: {} }]);
        return decision('allow');
      },
    });
    const tool = govern(() => 1, { governor, name: 'tool' });
    expect(await tool(undefined, CONTEXT)).toMatchObject({ reasonCode: 'evidence_unavailable' });
  });
});

describe('a control that recorded', () => {
  test.each([
    ['the commit fails', 'fail', false],
    ['no review id can be made', 'none', true],
    ['all is well', 'none', false],
  ] as const)('is told how its record fared when %s', async (_name, fault, breaks) => {
    const store = createFaultyStore();
    const log = await openLog(store.store);
    let told: Promise<unknown> | undefined;
    let broken = false;
    const governor = createGovernor({
      log,
      ids: () => {
        if (broken) throw new Error('no more ids');
        return 'id-1';
      },
      scope: (call, recorder) =>
        constant('human_review')(call, {
          append: async (drafts) => {
            const appended = await recorder.append(drafts);
            told = appended.receipts;
            broken = breaks;
            return appended;
          },
        }),
    });
    const tool = govern(() => 1, { governor, name: 'tool' });
    store.plan(() => fault);
    await tool(undefined, CONTEXT).catch(() => undefined);
    const fared = await told?.then(
      () => 'recorded',
      () => 'lost',
    );
    expect(fared).toBe(fault === 'fail' || breaks ? 'lost' : 'recorded');
  });
});

describe('giving up', () => {
  test('before the tool runs leaves it alone, on record', async () => {
    const log = await openLog();
    const abort = new AbortController();
    const governor = createGovernor({
      log,
      scope: async () => {
        abort.abort();
        return decision('allow');
      },
    });
    let runs = 0;
    const tool = govern(() => ++runs, { governor, name: 'tool' });
    const result = await tool(undefined, { ...CONTEXT, signal: abort.signal });
    expect(result).toMatchObject({ status: 'cancelled', executed: false });
    expect(runs).toBe(0);
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([
      { status: 'cancelled', executed: false, not_asked: ['authorize', 'policy'] },
    ]);
  });

  test('while the tool runs tells it and does not wait for it', async () => {
    const log = await openLog();
    const governor = createGovernor({ log });
    const abort = new AbortController();
    let told: unknown;
    const tool = govern(
      (_args: undefined, { signal }) =>
        new Promise<number>(() => {
          signal.addEventListener('abort', () => {
            told = signal.reason;
          });
          abort.abort('enough');
        }),
      { governor, name: 'tool' },
    );
    const result = await tool(undefined, { ...CONTEXT, signal: abort.signal });
    expect(result).toMatchObject({ status: 'cancelled', executed: true });
    expect(told).toBe('enough');
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([
      { status: 'cancelled', executed: true },
    ]);
  });

  test('leaves nothing behind on the signal of a caller who does not', async () => {
    const { tool } = await faulty();
    const { signal } = new AbortController();
    for (let n = 0; n < 20; n += 1) await tool(n, { ...CONTEXT, signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('for lack of time is on record', async () => {
    const log = await openLog();
    const governor = createGovernor({ log, toolTimeoutMs: 60_000 });
    let told = false;
    const tool = govern(
      (_args: undefined, { signal }) =>
        new Promise<number>(() => {
          signal.onabort = () => {
            told = true;
          };
        }),
      { governor, name: 'tool', toolTimeoutMs: 10 },
    );
    expect(await tool(undefined, CONTEXT)).toMatchObject({ status: 'timed_out', executed: true });
    expect(told).toBe(true);
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([{ status: 'timed_out' }]);
  });
});
