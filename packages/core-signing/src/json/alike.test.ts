import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAlikeParser, type SignatureOf } from './alike.js';
import { canonicalize } from './canonicalize.js';
import type { JsonValue } from './types.js';

const outcomeOf = (parse: (text: string) => unknown, text: string): unknown => {
  try {
    return JSON.stringify(parse(text));
  } catch (error) {
    return String(error);
  }
};

/** Parses texts one after the other, some of them several times, and compares what comes out. */
function expectAsJson(texts: readonly string[], signatureOf?: SignatureOf): void {
  const alike = createAlikeParser(signatureOf);
  for (const text of [...texts, ...texts, ...texts]) {
    expect(outcomeOf((one) => alike.parse(one), text)).toBe(outcomeOf(JSON.parse, text));
  }
}

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '"', '\\', 'a"b', '\u0000', '\ud800', 'é', '\u2028', '__proto__'),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e21, 1.5e-7, 2 ** 53, 999_999_999_999_999, 9_007_199_254_740_991),
  fc.constantFrom(true, false, null),
);
const name = fc.constantFrom('a', 'b', '1', '10', '', 'é', '"', '__proto__', 'values');

/** Texts of one form, filled in anew each time. */
const family = fc.letrec<{ form: (next: () => JsonValue) => JsonValue }>((tie) => {
  type Form = (next: () => JsonValue) => JsonValue;
  const hole: Form = (next) => next();
  return {
    form: fc.oneof(
      { maxDepth: 4 },
      fc.constant(hole),
      scalar.map(
        (value): Form =>
          () =>
            value,
      ),
      fc.array(tie('form'), { maxLength: 4 }).map(
        (items): Form =>
          (next) =>
            items.map((item) => item(next)),
      ),
      fc.array(fc.tuple(name, tie('form')), { maxLength: 4 }).map(
        (members): Form =>
          (next) => {
            const made: Record<string, JsonValue> = {};
            for (const [key, member] of members) {
              const value = member(next);
              Object.defineProperty(made, key, { value, enumerable: true, configurable: true });
            }
            return made;
          },
      ),
    ),
  };
}).form;

describe('texts that are alike', () => {
  it('are parsed as JSON.parse does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(family, fc.array(scalar, { minLength: 1, maxLength: 6 })), {
          maxLength: 4,
        }),
        fc.boolean(),
        (families, isSigned) => {
          const texts = families.flatMap(([form, values]) =>
            values.map((_, turn) => {
              let at = turn;
              return JSON.stringify(
                form(() => {
                  at += 1;
                  return values[at % values.length] as JsonValue;
                }),
              );
            }),
          );
          expectAsJson(texts, isSigned ? (text) => text.slice(0, 4) : undefined);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('may have been changed in any character', () => {
    const texts = [
      '{"a":"x","b":[1,2.5,{"c":"y"}],"d":null}',
      '{"a":"z","b":[7,-1,{"c":""}],"d":null}',
    ];
    const change = fc.tuple(
      fc.constantFrom(...texts),
      fc.nat(40),
      fc.constantFrom('', '"', '\\', '{', '}', ',', '0', '1', '.', 'e', '-', '\n', 'é', ' '),
      fc.nat(2),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
        const changed = changes.map(
          ([text, at, put, cut]) => text.slice(0, at) + put + text.slice(at + cut),
        );
        expectAsJson([...texts, ...changed]);
      }),
      { numRuns: 600 },
    );
  });

  it.each([
    ['a member twice', '{"a":1,"a":2}', '{"a":3,"a":4}'],
    ['numbers as names', '{"b":1,"1":2}', '{"b":3,"1":4}'],
    ['a prototype', '{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'],
    ['spaces', '{ "a":1}', '{ "a":2}'],
    ['numbers in another form', '{"a":1.0}', '{"a":1e0}'],
    ['escapes', '{"a":"\\u0041"}', '{"a":"\\u0042"}'],
    ['only a scalar', '"a"', '12'],
  ])('with %s are parsed by themselves', (_, ...texts) => {
    expectAsJson(texts);
    const alike = createAlikeParser();
    for (const text of texts) alike.parse(text);
    expect(alike.likeness).toBeUndefined();
  });

  it('share what is the same, frozen, and say where they differ', () => {
    const alike = createAlikeParser();
    const textOf = (n: number) =>
      canonicalize({ id: `r${n}`, list: [{ n }, { same: ['x'] }], same: { deep: [1] } });
    alike.parse(textOf(0));
    const parse = (n: number) => {
      const { id, list, same } = alike.parse(textOf(n)) as {
        readonly [name: string]: JsonValue;
      };
      return { id, list: list as readonly JsonValue[], same: same as { deep: JsonValue } };
    };
    const [one, other] = [parse(1), parse(2)];
    expect([one.id, other.id, one.list[0], other.list[0]]).toEqual([
      'r1',
      'r2',
      { n: 1 },
      { n: 2 },
    ]);
    expect(other.same).toBe(one.same);
    expect(other.list[1]).toBe(one.list[1]);
    expect([one.same, one.same.deep, one.list[1]].every(Object.isFrozen)).toBe(true);
    expect([one.list, one.list[0]].some(Object.isFrozen)).toBe(false);
    expect(alike.likeness?.varying).toEqual([['id'], ['list', 0, 'n']]);
    const { likeness } = alike;
    alike.parse(textOf(3));
    expect(alike.likeness).toBe(likeness);
  });

  it('are told apart by their signature, and differ elsewhere', () => {
    const alike = createAlikeParser((text) => text.slice(0, text.indexOf(',"n"')));
    const parse = (kind: string, n: number) => {
      alike.parse(`{"kind":"${kind}","n":${n}}`);
      return alike.likeness?.varying;
    };
    for (let n = 0; n < 3; n += 1) for (const kind of ['a', 'b', 'c']) parse(kind, n);
    expect(['a', 'b', 'c'].map((kind) => parse(kind, 9))).toEqual([[['n']], [['n']], [['n']]]);
  });
});

describe('texts that are not alike', () => {
  const textOf = (n: number) => `{"${'x'.repeat(n % 700)}-${n}":{"a":${n}}}`;

  it('are parsed all the same, and do not keep others from being shared', () => {
    const alike = createAlikeParser((text) => text.slice(0, 8));
    for (let n = 0; n < 6000; n += 1) {
      expect(JSON.stringify(alike.parse(textOf(n)))).toBe(textOf(n));
    }
    for (let n = 0; n < 6000; n += 1) alike.parse(`{"a":${n}}`);
    expect(alike.likeness).toEqual({ varying: [['a']] });
  });

  it('that are long are not learned', () => {
    const alike = createAlikeParser();
    for (let n = 0; n < 4; n += 1) alike.parse(`{"a":${n},"b":"${'x'.repeat(20_000)}"}`);
    expect(alike.likeness).toBeUndefined();
  });
});
