import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Detect } from '../model/detect.js';
import { maskTypes } from './mask-types.js';
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

  test.each([true, null, [], {}])('masks %j too when nothing can find the types', (value) => {
    expect(redact({ note: [value] }, [loud('note')])).toEqual({ note: '[redacted]' });
  });

  test('masks exactly the spans, and takes none that is no part of the text', () => {
    const text = 'abcd';
    const edge = fc.oneof(
      fc.integer({ min: -2, max: 6 }),
      fc.constantFrom(0.5, 1.5, 3.5, Number.NaN, Number.NEGATIVE_INFINITY, '1', undefined, null),
    );
    const span = fc.oneof(
      fc.record({ start: edge, end: edge }),
      fc.constantFrom(null, undefined, 'none', 7, [], () => 1),
    );
    const isPart = (one: unknown) => {
      const { start, end } = Object(one);
      const places = [0, 1, 2, 3, 4];
      return places.includes(start) && places.includes(end) && start < end;
    };
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 3 }), (spans) => {
        const how = { types: ['any'], mask: '#', detect: () => spans as never };
        if (!spans.every(isPart)) {
          const failed = new TypeError('the detector did not answer with spans of the text');
          expect(() => maskTypes(text, how)).toThrow(failed);
          return;
        }
        const parts = spans as readonly { readonly start: number; readonly end: number }[];
        const hidden = (at: number) => parts.some(({ start, end }) => start <= at && at < end);
        // Hidden places that are neighbours, of one span or of two, are one mask.
        const shown = [...text].map((letter, at) => (hidden(at) ? '#' : letter)).join('');
        expect(maskTypes(text, how)).toBe(shown.replaceAll(/#+/g, '#'));
      }),
      { numRuns: 500 },
    );
  });

  test('leaves alone what is neither text nor number, whatever the detector would find in it', () => {
    const all: Detect = (text) => [{ start: 0, end: text.length, type: 'any' }];
    const how = { types: ['any'], mask: '#', detect: all };
    expect([true, false, null, undefined].map((value) => maskTypes(value, how))).toEqual([
      ...[true, false, null, undefined],
    ]);
    expect(['a', 1, -0.5, 7n].map((value) => maskTypes(value, how))).toEqual(['#', '#', '#', '#']);
    const none = { ...how, detect: () => [] };
    expect(['a', 1, -0.5, 7n].map((value) => maskTypes(value, none))).toEqual(['a', 1, -0.5, 7n]);
    expect([() => 1, Symbol('s')].map((value) => maskTypes(value, none))).toEqual(['#', '#']);
  });

  test('numbers keys until one is free', () => {
    expect(redact({ '[redacted] 2': 0, A: 1, B: 2, C: 3 }, [loud('')], detect)).toEqual({
      ...{ '[redacted] 2': 0, '[redacted]': 1, '[redacted] 3': 2, '[redacted] 4': 3 },
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
