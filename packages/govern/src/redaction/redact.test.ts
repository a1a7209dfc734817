import type { Obligation } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact, redactionsFor } from './redact.js';

const on = (path: string, mask?: string) =>
  redactionsFor(
    [{ kind: 'redact', target: 'args', path, ...(mask === undefined ? {} : { mask }) }],
    'args',
  );

describe('redact', () => {
  test('masks by path, every element and index', () => {
    const value = { a: { b: [{ c: 1, d: 2 }, { c: 3 }, 4] }, 'x.y': 5 };
    expect(redact(value, on('a.b.*.c', '#'))).toEqual({
      a: { b: [{ c: '#', d: 2 }, { c: '#' }, 4] },
      'x.y': 5,
    });
    expect(redact(value, on('a.b.1'))).toMatchObject({ a: { b: [{ c: 1 }, '[redacted]', 4] } });
    expect(redact(value, on('a.*'))).toMatchObject({ a: { b: '[redacted]' } });
    expect(redact(value, on(''))).toBe('[redacted]');
  });

  test('a path that is not there names nothing', () => {
    for (const path of [
      'z',
      'a.z',
      'a.b.7',
      'a.b.-1',
      'a.b.01',
      'a.constructor',
      'a.__proto__.x',
    ]) {
      expect(redact({ a: { b: [1] } }, on(path))).toEqual({ a: { b: [1] } });
    }
  });

  test('what is not plain data is masked whole', () => {
    expect(redact({ a: new Map([['b', 1]]) }, on('a.b'))).toEqual({ a: '[redacted]' });
    expect(redact({ a: () => 1 }, on('a.b'))).toEqual({ a: '[redacted]' });
  });

  test('changes nothing in place, and nothing beside the path', () => {
    const document = fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.jsonValue());
    fc.assert(
      fc.property(document, fc.constantFrom('a', 'b', '__proto__'), (value, key) => {
        const before = JSON.stringify(value);
        const after = redact(value, on(key, 'mask')) as Record<string, unknown>;
        expect(JSON.stringify(value)).toBe(before);
        for (const name of Object.keys(value)) {
          const kept = Object.getOwnPropertyDescriptor(after, name)?.value;
          const was = Object.getOwnPropertyDescriptor(value, name)?.value;
          expect(kept).toEqual(name === key ? 'mask' : was);
        }
        expect(Object.keys(after)).toEqual(Object.keys(value));
      }),
    );
  });

  test('tells the sides of a call apart', () => {
    const both: Obligation[] = [
      { kind: 'notice', text: 'x' },
      { kind: 'redact', target: 'args', path: 'a' },
      { kind: 'redact', target: 'result', path: 'b' },
    ];
    expect(redactionsFor(both, 'result').map(({ path }) => path)).toEqual(['b']);
  });
});
