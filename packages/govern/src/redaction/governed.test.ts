import { describe, expect, test } from 'vitest';
import { createGovernor, type Detect, govern } from '../index.js';
import { bodiesOf, CONTEXT, constant, decision, openLog } from '../testing/fixtures.js';

/** Finds words in capitals. */
const detect: Detect = (text) =>
  [...text.matchAll(/[A-Z]+/g)].map(({ index, 0: found }) => ({
    start: index,
    end: index + found.length,
    type: 'loud',
  }));

describe('a governed call', () => {
  test('is redacted by types on both sides, and its record says what was released', async () => {
    const log = await openLog();
    const types = ['loud'];
    const governor = createGovernor({
      log,
      detect,
      scope: constant('redact', [
        { kind: 'redact', target: 'args', path: '', types },
        { kind: 'redact', target: 'result', path: 'text', types },
      ]),
    });
    let given: unknown;
    const tool = govern(
      async (args: { to: string }) => {
        given = args;
        return { text: 'hi ALICE', id: 'X' };
      },
      { governor, name: 'tool' },
    );
    expect(await tool({ to: 'BOB!' }, CONTEXT)).toMatchObject({
      status: 'completed',
      value: { text: 'hi [redacted]', id: 'X' },
    });
    expect(given).toEqual({ to: '[redacted]!' });
    const [ended] = await bodiesOf(log, 'execution.ended');
    expect(Object.keys(ended?.values as object).sort()).toEqual(['released', 'result']);
  });

  test.each([[[]], ['loud'], [[1]], [['']]])('blocks over the types %j', async (types) => {
    const log = await openLog();
    const obligation = { kind: 'redact', target: 'result', path: '', types } as never;
    const governor = createGovernor({ log, scope: async () => decision('allow', [obligation]) });
    const tool = govern(() => 1, { governor, name: 'tool' });
    expect(await tool(undefined, CONTEXT)).toMatchObject({ reasonCode: 'control_failed' });
  });
});
