import { describe, expect, test } from 'vitest';
import { createGovernor, govern } from './index.js';
import {
  bodiesOf,
  CONTEXT,
  constant,
  createFaultyStore,
  decision,
  openLog,
  recordsOf,
} from './testing/fixtures.js';

describe('shadow mode', () => {
  test.each(['block', 'human_review', 'redact', 'allow'] as const)(
    'lets the tool run as it is and says that it would be %s',
    async (outcome) => {
      const log = await openLog();
      const governor = createGovernor({
        log,
        mode: 'shadow',
        authorize: constant(outcome, [{ kind: 'redact', target: 'args', path: 'a' }]),
        scope: constant('allow'),
        postflight: [{ name: 'after', control: async () => decision(outcome) }],
      });
      const tool = govern((args: { a: number }) => args.a, { governor, name: 'tool' });
      const result = await tool({ a: 1 }, CONTEXT);
      expect(result).toMatchObject({ status: 'completed', value: 1, mode: 'shadow', outcome });
      const records = await recordsOf(log);
      expect(records.map(({ mode }) => mode)).toEqual(Array(5).fill('shadow'));
      expect(await bodiesOf(log, 'execution.started')).toMatchObject([{ mode: 'shadow', outcome }]);
      expect(await bodiesOf(log, 'review.requested')).toEqual([]);
    },
  );

  test("stands in nobody's way when the log is down, and says so", async () => {
    const faulty = createFaultyStore();
    const log = await openLog(faulty.store);
    const governor = createGovernor({ log, mode: 'shadow' });
    const tool = govern((n: number) => n, { governor, name: 'tool' });
    faulty.plan(() => 'fail');
    const down = {
      status: 'completed',
      value: 1,
      outcome: 'block',
      reasonCode: 'evidence_unavailable',
    };
    expect(await tool(1, CONTEXT)).toMatchObject({ ...down, receipts: [] });
    faulty.plan((n) => (n === 1 ? 'fail' : 'none'));
    expect(await tool(1, CONTEXT)).toMatchObject(down);
  });

  test('is chosen tool by tool', async () => {
    const log = await openLog();
    const governor = createGovernor({ log, scope: constant('block') });
    const watched = govern(() => 1, { governor, name: 'watched', mode: 'shadow' });
    const guarded = govern(() => 1, { governor, name: 'guarded' });
    expect((await watched(undefined, CONTEXT)).status).toBe('completed');
    expect((await guarded(undefined, CONTEXT)).status).toBe('blocked');
  });

  test('runs a call again under the same id', async () => {
    const log = await openLog();
    const governor = createGovernor({ log, mode: 'shadow' });
    const tool = govern(() => 1, { governor, name: 'tool' });
    const context = { ...CONTEXT, callId: 'c' };
    expect((await tool(undefined, context)).status).toBe('completed');
    expect((await tool(undefined, context)).status).toBe('completed');
  });
});
