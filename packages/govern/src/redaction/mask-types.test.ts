import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGovernor, type Detect, govern } from '../index.js';
import { bodiesOf, CONTEXT, constant, decision, openLog } from '../testing/fixtures.js';
import { redact } from './redact.js';

/** Finds words in capitals, of type `loud`, and digits, of type `number`. */
const detect: Detect = (text, types) => {
  const patterns: Readonly<Record<string, RegExp>> = { loud: /[A-Z]+/g, number: /[0-9]+/g };
  return types.flatMap((type) => {
    const pattern = patterns[type];
    if (pattern === undefined) throw new TypeError(`unknown type ${type}`);
    return [...text.matchAll(pattern)].map(({ index, 0: found }) => ({
      start: index,
      end: index + found.length,
      type,
    }));
  });
};

const loud = (path: string, types = ['loud']) =>
  ({ kind: 'redact', target: 'result', path, types }) as const;

describe('a redaction by types', () => {
  test('masks what is found, wherever it stands at or under the path', () => {
    const value = {
      note: 'call ALICE or BOB',
      deep: [{ more: 'CAROL' }, 'quiet', 7, null, true],
      other: 'DAVE',
    };
    expect(redact(value, [loud('note'), loud('deep')], detect)).toEqual({
      note: 'call [redacted] or [redacted]',
      deep: [{ more: '[redacted]' }, 'quiet', 7, null, true],
      other: 'DAVE',
    });
    expect(value.note).toBe('call ALICE or BOB');
  });

  test('masks keys too, and numbers, and loses no member to another', () => {
    const value = { ALICE: 1, BOB: 2, __proto__x: 3 };
    expect(redact(value, [loud('', ['loud', 'number'])], detect)).toEqual({
      '[redacted]': '[redacted]',
      '[redacted] 2': '[redacted]',
      __proto__x: '[redacted]',
    });
  });

  test('has one mask for what touches or overlaps, as long as the mask', () => {
    const overlapping: Detect = () => [
      { start: 5, end: 8, type: 'a' },
      { start: 2, end: 6, type: 'b' },
      { start: 8, end: 9, type: 'c' },
      { start: 3, end: 4, type: 'd' },
    ];
    const redaction = { ...loud(''), mask: '#' };
    expect(redact('0123456789', [redaction], overlapping)).toBe('01#9');
  });

  test.each<[string, Detect | undefined]>([
    ['there is none', undefined],
    [
      'it throws',
      () => {
        throw new Error('down');
      },
    ],
    ['it answers nonsense', () => 'none' as never],
    ['it answers a promise', () => Promise.resolve([]) as never],
    ['it answers spans outside', () => [{ start: 0, end: 99, type: 'loud' }]],
    ['it answers empty spans', () => [{ start: 1, end: 1, type: 'loud' }]],
    ['it answers no numbers', () => [{ start: Number.NaN, end: 2, type: 'loud' }]],
  ])('masks the whole value when %s', (_name, broken) => {
    expect(redact({ note: { a: 'quiet', b: 1 } }, [loud('note')], broken)).toEqual({
      note: '[redacted]',
    });
  });

  test('masks what is not plain data whole', () => {
    class Secret {}
    expect(redact([new Date(), new Secret(), new Uint8Array(3)], [loud('')], detect)).toEqual([
      '[redacted]',
      '[redacted]',
      '[redacted]',
    ]);
  });

  test('leaves nothing behind that the detector would find, in any plain data', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const masked = redact(value, [{ ...loud('', ['loud', 'number']), mask: '' }], detect);
        const left = JSON.stringify(masked)
          .replaceAll(/ [0-9]+":/g, '":')
          .replaceAll(/\\u[0-9a-f]{4}/g, '');
        expect(left).not.toMatch(/[A-Z0-9]/);
      }),
    );
  });
});

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
