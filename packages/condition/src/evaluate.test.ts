import { describe, expect, it } from 'vitest';
import { type ConditionResult, compileCondition } from './index.js';

type Args = Readonly<Record<string, unknown>>;

const decide = (source: string, args: Args = {}, maxSteps?: number): ConditionResult =>
  compileCondition(source, {}, maxSteps === undefined ? {} : { maxSteps }).evaluate({
    request: { args },
  });

const unsure = (reason: string, path?: string) => ({
  ...{ value: 'indeterminate', reason },
  ...(path === undefined ? {} : { path }),
});

describe('what is compared', () => {
  it.each([
    ['args.a < args.b', [true, false, false]],
    ['args.a <= args.b', [true, true, false]],
    ['args.a > args.b', [false, false, true]],
    ['args.a >= args.b', [false, true, true]],
    ['args.a == args.b', [false, true, false]],
    ['args.a != args.b', [true, false, true]],
  ])('%s', (source, expected) => {
    const found = [1, 2, 3].map((a) => decide(source, { a, b: 2 }).value);
    expect(found).toEqual(expected);
  });

  it.each(['<', '<=', '>', '>='])('by %s is two numbers', (operator) => {
    const source = `args.a ${operator} args.b`;
    for (const wrong of ['1', true, null, [1], {}, Number.NaN]) {
      expect(decide(source, { a: wrong, b: 1 })).toEqual(unsure('type_error', 'args.a'));
      expect(decide(source, { a: 1, b: wrong })).toEqual(unsure('type_error', 'args.b'));
    }
    expect(decide(source, { b: 1 })).toEqual(unsure('missing_value', 'args.a'));
    expect(decide(source, { a: 1 })).toEqual(unsure('missing_value', 'args.b'));
    expect(decide(`1 ${operator} args.b`, {})).toEqual(unsure('missing_value', 'args.b'));
  });

  it.each(['==', '!='])('by %s is null, or two of one type', (operator) => {
    const source = `args.a ${operator} args.b`;
    const equal = operator === '==';
    for (const [a, b] of [
      [1, '1'],
      [true, 'true'],
      [1, true],
      [[1], [1]],
      [{}, {}],
      [1, [1]],
    ]) {
      expect(decide(source, { a, b })).toEqual(unsure('type_error', 'args.a'));
    }
    for (const other of [0, '', false, [], {}]) {
      expect(decide(source, { a: null, b: other }).value).toBe(!equal);
      expect(decide(source, { a: other, b: null }).value).toBe(!equal);
    }
    expect(decide(source, { a: null, b: null }).value).toBe(equal);
    expect(decide(source, { a: 'x', b: 'x' }).value).toBe(equal);
    expect(decide(source, { a: true, b: false }).value).toBe(!equal);
    expect(decide(source, { b: 1 })).toEqual(unsure('missing_value', 'args.a'));
    expect(decide(source, { a: 1 })).toEqual(unsure('missing_value', 'args.b'));
    expect(decide(`"x" ${operator} args.b`, { b: 1 })).toEqual(unsure('type_error', 'args.b'));
  });

  it('costs steps where texts are long', () => {
    const [long, longer] = ['x'.repeat(1024), 'x'.repeat(1025)];
    const source = 'args.a == args.b';
    expect(decide(source, { a: long, b: long }, 0)).toEqual({ value: true });
    expect(decide(source, { a: longer, b: longer }, 1)).toEqual(unsure('cost', 'args.a'));
    expect(decide(source, { a: longer, b: longer }, 2)).toEqual({ value: true });
    expect(decide('"x" == args.b', { b: longer }, 0)).toEqual({ value: false });
  });
});

describe('membership', () => {
  it('of a list is that an element is equal, unless one cannot be compared', () => {
    const source = 'args.a in args.b';
    expect(decide(source, { a: 1, b: [2, 1] }).value).toBe(true);
    expect(decide(source, { a: 1, b: [2, 3] }).value).toBe(false);
    expect(decide(source, { a: 1, b: [] }).value).toBe(false);
    expect(decide(source, { a: 1, b: ['x', 1] }).value).toBe(true);
    expect(decide(source, { a: 1, b: ['x', 2] })).toEqual(unsure('type_error', 'args.b'));
    expect(decide(source, { a: 1, b: [2, 'x'] })).toEqual(unsure('type_error', 'args.b'));
    expect(decide(source, { a: null, b: [1, null] }).value).toBe(true);
    expect(decide(source, { a: null, b: [1] }).value).toBe(false);
    expect(decide(source, { b: [1] })).toEqual(unsure('missing_value', 'args.a'));
    expect(decide(source, { a: 1 })).toEqual(unsure('missing_value', 'args.b'));
    for (const b of [1, 'x', true, null]) {
      expect(decide(source, { a: 'x', b })).toEqual(unsure('type_error', 'args.b'));
    }
  });

  it('of a map is that it has the key', () => {
    expect(decide('args.a in args.b', { a: 'x', b: { x: 1 } }).value).toBe(true);
    expect(decide('args.a in args.b', { a: 'y', b: { x: 1 } }).value).toBe(false);
    expect(decide('args.a in args.b', { a: 1, b: { 1: 1 } })).toEqual(
      unsure('type_error', 'args.b'),
    );
  });

  it('of constants is decided by type', () => {
    const source = 'args.a in ["x", "y"]';
    expect(decide(source, { a: 'x' }).value).toBe(true);
    expect(decide(source, { a: 'z' }).value).toBe(false);
    expect(decide(source, { a: null }).value).toBe(false);
    expect(decide(source, { a: 1 })).toEqual(unsure('type_error', 'args.a'));
    expect(decide(source, {})).toEqual(unsure('missing_value', 'args.a'));
    expect(decide('args.a in [1, 2]', { a: Number.NaN })).toEqual(unsure('type_error', 'args.a'));
    expect(decide('args.a in [true]', { a: true }).value).toBe(true);
    expect(decide('args.a in [args.c, args.b]', { a: 2, b: 2, c: 1 }).value).toBe(true);
    expect(decide('args.a in [args.c, args.b]', { a: 1, c: 1 })).toEqual(
      unsure('missing_value', 'args.b'),
    );
    expect(decide('args.a in [args.b]', { a: 'y', b: 5 }).value).toBe('indeterminate');
  });

  it('of constants costs nothing, and null is one that any value may equal', () => {
    expect(decide('args.a in ["x", "y"]', { a: 'y' }, 0)).toEqual({ value: true });
    expect(decide('args.a in ["x", "y"]', { a: 'z' }, 0)).toEqual({ value: false });
    expect(decide('args.a in [null]', { a: null })).toEqual({ value: true });
    expect(decide('args.a in [null]', { a: 1 })).toEqual({ value: false });
  });

  it('costs a step for sixteen elements', () => {
    const b = Array.from({ length: 17 }, () => 2);
    expect(decide('args.a in args.b', { a: 1, b }, 1)).toEqual(unsure('cost', 'args.b'));
    expect(decide('args.a in args.b', { a: 1, b }, 2)).toEqual({ value: false });
    expect(decide('args.a in args.b', { a: 1, b: b.slice(1) }, 1)).toEqual({ value: false });
  });
});

describe('arithmetic', () => {
  it.each([
    ['args.a + args.b == 8', true],
    ['args.a - args.b == 4', true],
    ['args.a * args.b == 12', true],
    ['args.a / args.b == 3', true],
    ['-args.a == 0 - 6', true],
  ])('%s', (source, value) => {
    expect(decide(source, { a: 6, b: 2 })).toEqual({ value });
  });

  it.each(['+', '-', '*', '/'])('by %s takes two finite numbers and gives one', (operator) => {
    const source = `args.a ${operator} args.b == 0`;
    for (const wrong of ['6', true, null, [6], Number.NaN]) {
      expect(decide(source, { a: wrong, b: 1 })).toEqual(unsure('type_error', 'args.a'));
      expect(decide(source, { a: 1, b: wrong })).toEqual(unsure('type_error', 'args.b'));
    }
    expect(decide(source, { b: 1 })).toEqual(unsure('missing_value', 'args.a'));
    expect(decide(source, { a: 1 })).toEqual(unsure('missing_value', 'args.b'));
    const [big, small] = [Number.MAX_VALUE, operator === '/' ? 0.1 : Number.MAX_VALUE];
    const signed = operator === '-' ? -small : small;
    expect(decide(source, { a: big, b: signed })).toEqual(unsure('arithmetic', 'args.a'));
    if (operator === '-') return;
    expect(decide(`2 ${operator} args.b > 0`, { b: operator === '/' ? 0 : big })).toEqual(
      operator === '+' ? { value: true } : unsure('arithmetic', 'args.b'),
    );
  });

  it('negates numbers only', () => {
    expect(decide('-args.a < 0', { a: 'x' })).toEqual(unsure('type_error', 'args.a'));
    expect(decide('-args.a < 0', {})).toEqual(unsure('missing_value', 'args.a'));
  });

  it('joins two texts, at a cost, and nothing else', () => {
    expect(decide('args.a + args.b == "xy"', { a: 'x', b: 'y' })).toEqual({ value: true });
    expect(decide('args.a + args.b == "xy"', { a: 'x', b: 1 })).toEqual(
      unsure('type_error', 'args.a'),
    );
    expect(decide('args.a - args.b == "xy"', { a: 'x', b: 'y' })).toMatchObject({
      value: 'indeterminate',
    });
    const half = 'x'.repeat(513);
    const source = 'args.a + args.b != "xy"';
    expect(decide(source, { a: half, b: half }, 1)).toEqual(unsure('cost', 'args.a'));
    expect(decide('"x" + args.b != "xy"', { b: half + half }, 1)).toEqual(unsure('cost', 'args.b'));
    const fits = 'x'.repeat(512);
    expect(decide(source, { a: fits, b: fits }, 1)).toEqual({ value: true });
  });
});

describe('texts', () => {
  it.each([
    ['startsWith', [true, false, false]],
    ['endsWith', [false, false, true]],
    ['contains', [true, true, true]],
  ])('are looked into by %s', (name, expected) => {
    const found = ['ab', 'bc', 'cd'].map(
      (part) => decide(`args.a.${name}(args.b)`, { a: 'abcd', b: part }).value,
    );
    expect(found).toEqual(expected);
    expect(decide(`args.a.${name}(args.b)`, { a: 'abcd', b: 'x' }).value).toBe(false);
    expect(decide(`args.a.${name}(args.b)`, { a: 'abcd', b: '' }).value).toBe(true);
    for (const wrong of [1, null, ['a'], {}]) {
      expect(decide(`args.a.${name}(args.b)`, { a: wrong, b: 'x' })).toEqual(
        unsure('type_error', 'args.a'),
      );
      expect(decide(`args.a.${name}(args.b)`, { a: 'x', b: wrong })).toEqual(
        unsure('type_error', 'args.b'),
      );
    }
    expect(decide(`args.a.${name}(args.b)`, { b: 'x' })).toEqual(unsure('missing_value', 'args.a'));
    expect(decide(`args.a.${name}(args.b)`, { a: 'x' })).toEqual(unsure('missing_value', 'args.b'));
  });

  it('cost what looking takes', () => {
    const [text, part] = ['x'.repeat(64), 'x'.repeat(17)];
    const contains = 'args.a.contains(args.b)';
    expect(decide(contains, { a: text, b: part }, 1)).toEqual(unsure('cost', 'args.a'));
    expect(decide(contains, { a: text, b: part.slice(1) }, 1)).toEqual({ value: true });
    const starts = 'args.a.startsWith(args.b)';
    expect(decide(starts, { a: text.repeat(100), b: part }, 1)).toEqual({ value: true });
    expect(decide(starts, { a: text, b: 'x'.repeat(1025) }, 1)).toEqual(unsure('cost', 'args.a'));
  });

  it('become lower case, A to Z, at a cost', () => {
    const lower = 'args.a.lowerAscii() == args.b';
    expect(decide(lower, { a: 'AZaz[@É', b: 'azaz[@É' })).toEqual({ value: true });
    for (const wrong of [1, null, ['A']]) {
      expect(decide(lower, { a: wrong, b: '' })).toEqual(unsure('type_error', 'args.a'));
    }
    expect(decide(lower, { b: '' })).toEqual(unsure('missing_value', 'args.a'));
    expect(decide(lower, { a: 'X'.repeat(1025), b: '' }, 1)).toEqual(unsure('cost', 'args.a'));
    expect(decide(lower, { a: 'X'.repeat(1024), b: '' }, 1)).toEqual({ value: false });
  });
});

describe('the size', () => {
  it.each<[unknown, number]>([
    ['', 0],
    ['abc', 3],
    ['🚆', 1],
    ['a🚆b🚆', 4],
    ['🚆🚆', 2],
    ['\ud83d', 1],
    ['\ud83da', 2],
    ['\uffffa', 2],
    [[], 0],
    [[1, 2], 2],
    [{}, 0],
    [{ a: 1, b: 2 }, 2],
  ])('of %j is %d', (a, size) => {
    expect(decide(`args.a.size() == ${size}`, { a })).toEqual({ value: true });
  });

  it('is only that of texts, lists and objects, at the cost of a text', () => {
    for (const wrong of [1, true, null]) {
      expect(decide('args.a.size() == 0', { a: wrong })).toEqual(unsure('type_error', 'args.a'));
    }
    const opaque = [
      new Set([1]),
      new Map([[1, 1]]),
      new Date(0),
      Promise.resolve(1),
      new WeakMap(),
    ];
    for (const wrong of [...opaque, Object.create({ inherited: 1 })]) {
      expect(decide('args.a.size() > 2', { a: wrong })).toEqual(unsure('type_error', 'args.a'));
    }
    const bare = Object.assign(Object.create(null), { b: 1 });
    expect(decide('args.a.size() == 1', { a: bare })).toEqual({ value: true });
    expect(decide('args.a.size() == 0', {})).toEqual(unsure('missing_value', 'args.a'));
    const long = 'x'.repeat(1025);
    expect(decide('args.a.size() == 0', { a: long }, 1)).toEqual(unsure('cost', 'args.a'));
    expect(decide('args.a.size() == 1025', { a: long }, 2)).toEqual({ value: true });
  });
});

describe('places', () => {
  it('are own fields of objects', () => {
    expect(decide('args.a.b == 1', { a: { b: 1 } })).toEqual({ value: true });
    expect(decide('args.a.b == 1', { a: { b: undefined } })).toEqual(
      unsure('missing_value', 'args.a.b'),
    );
    for (const a of [null, 1, 'b', [1]]) {
      expect(decide('args.a.b == 1', { a })).toEqual(unsure('type_error', 'args.a.b'));
    }
    expect(decide('args.a[0].b == 1', { a: [{}] })).toEqual(unsure('missing_value', 'args.a[].b'));
    expect(decide('args.a[0].b == 1', { a: [5] })).toEqual(unsure('type_error', 'args.a[].b'));
    expect(decide('args.a[0].b == 1', {})).toEqual(unsure('missing_value', 'args.a'));
    expect(decide('args.a[0].b == 1', { a: [{ b: 1 }] })).toEqual({ value: true });
  });

  it('that cannot be are not the same as null', () => {
    expect(decide('args.a.b == null', { a: 5 })).toEqual(unsure('type_error', 'args.a.b'));
    expect(decide('args.a[0].b == null', { a: [5] })).toEqual(unsure('type_error', 'args.a[].b'));
    expect(decide('args.a[args.k] == null', { a: 5, k: 'x' })).toEqual(
      unsure('type_error', 'args.a[]'),
    );
  });

  it('are named where there is one, and left out where there is none', () => {
    expect(decide('1 / 0 > 1')).toStrictEqual(unsure('arithmetic'));
    expect(decide('1 / args.a > 1', { a: 0 })).toStrictEqual(unsure('arithmetic', 'args.a'));
  });

  it('are elements of lists and computed keys of objects', () => {
    const source = 'args.a[args.k] == 1';
    expect(decide(source, { a: [0, 1], k: 1 })).toEqual({ value: true });
    expect(decide(source, { a: { x: 1 }, k: 'x' })).toEqual({ value: true });
    expect(decide(source, { a: [0], k: 1 })).toEqual(unsure('missing_value', 'args.a[]'));
    expect(decide(source, { a: [0], k: -1 })).toEqual(unsure('missing_value', 'args.a[]'));
    expect(decide(source, { a: { x: 1 }, k: 'y' })).toEqual(unsure('missing_value', 'args.a[]'));
    for (const [a, k] of [
      [[1], 0.5],
      [[1], 'length'],
      [[1], true],
      [{ 0: 1 }, 0],
      ['1', 0],
      ['x', 'length'],
      [null, 0],
    ]) {
      expect(decide(source, { a, k })).toEqual(unsure('type_error', 'args.a[]'));
    }
    expect(decide(source, { k: 1 })).toEqual(unsure('missing_value', 'args.a'));
    expect(decide(source, { a: [1] })).toEqual(unsure('missing_value', 'args.k'));
  });

  it('are there, or are not', () => {
    expect(decide('has(args.a.b)', { a: { b: null } })).toEqual({ value: true });
    expect(decide('has(args.a.b)', { a: {} })).toEqual({ value: false });
    expect(decide('has(args.a.b)', { a: null })).toEqual({ value: false });
    expect(decide('has(args.a.b)', {})).toEqual({ value: false });
    for (const a of [1, 'b', true, []]) {
      expect(decide('has(args.a.b)', { a })).toEqual(unsure('type_error', 'args.a.b'));
    }
    expect(decide('has(args.a.b.c)', { a: 5 })).toEqual(unsure('type_error', 'args.a.b.c'));
    expect(decide('has(args.a[0].b)', { a: [{ b: 1 }] })).toEqual({ value: true });
    expect(decide('has(args.a[0].b)', { a: [{ c: 1 }] })).toEqual({ value: false });
    expect(decide('has(args.a[0].b)', { a: [] })).toEqual({ value: false });
    expect(decide('has(args.a[0].b)', { a: 5 })).toEqual(unsure('type_error', 'args.a[]'));
  });
});

describe('truth', () => {
  const values = { t: true, f: false, u: 5 };
  const named = (name: string, side: string) => (name === 'u' ? `args.${side}.u` : `args.${name}`);

  it('is joined as in Kleene logic, and a failure is the first one', () => {
    const args = { ...values, l: { u: 5 }, r: { u: 5 } };
    const both = (operator: string) =>
      [...'tfu'].map((a) =>
        [...'tfu']
          .map((b) => {
            const source = `${named(a, 'l')} ${operator} ${named(b, 'r')}`;
            const found = decide(source, args);
            return found.value === 'indeterminate' ? found.path : String(found.value)[0];
          })
          .join(' '),
      );
    expect(both('&&')).toEqual(['t f args.r.u', 'f f f', 'args.l.u f args.l.u']);
    expect(both('||')).toEqual(['t t t', 't f args.r.u', 't args.l.u args.l.u']);
  });

  it('is not looked for on the right where the left decides', () => {
    const trap = Object.defineProperty({}, 'b', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const given = Object.assign(trap, { t: true, f: false });
    expect(decide('args.f && args.b', given)).toEqual({ value: false });
    expect(decide('args.t || args.b', given)).toEqual({ value: true });
    expect(decide('args.t && args.b', given)).toEqual(unsure('unreadable'));
    expect(decide('args.f || args.b', given)).toEqual(unsure('unreadable'));
  });

  it('is turned round, unless it is none', () => {
    expect(decide('!args.t', values)).toEqual({ value: false });
    expect(decide('!args.f', values)).toEqual({ value: true });
    expect(decide('!args.u', values)).toEqual(unsure('type_error', 'args.u'));
    expect(decide('!args.m', values)).toEqual(unsure('missing_value', 'args.m'));
  });

  it('chooses between two values, reading only the one it chooses', () => {
    const source = '(args.c ? args.x : args.y) == 1';
    expect(decide(source, { c: true, x: 1 })).toEqual({ value: true });
    expect(decide(source, { c: false, y: 1 })).toEqual({ value: true });
    expect(decide(source, { c: true, y: 1 })).toEqual(unsure('missing_value', 'args.x'));
    expect(decide(source, { c: false, x: 1 })).toEqual(unsure('missing_value', 'args.y'));
    for (const c of [1, 'true', null]) {
      expect(decide(source, { c, x: 1, y: 1 })).toEqual(unsure('type_error', 'args.c'));
    }
  });
});

describe('elements', () => {
  it.each([
    ['all', [true, false, false]],
    ['exists', [false, true, false]],
  ])('are asked by %s until one decides', (name, [none, some, other]) => {
    const source = `args.a.${name}(x, x > 1)`;
    expect(decide(source, { a: [] })).toEqual({ value: none });
    expect(decide(source, { a: [0, 2] })).toEqual({ value: some });
    expect(decide(source, { a: [0, 0] })).toEqual({ value: other });
    expect(decide(source, { a: [2, 2] })).toEqual({ value: true });
    const deciding = name === 'all' ? 0 : 2;
    const silent = 2 - deciding;
    expect(decide(source, { a: ['x', deciding] })).toEqual({ value: name === 'exists' });
    expect(decide(source, { a: ['x', silent] })).toEqual(unsure('type_error', 'x'));
    expect(decide(source, { a: [silent, {}, 'x'] })).toEqual(unsure('type_error', 'x'));
    for (const wrong of [1, 'x', {}, null]) {
      expect(decide(source, { a: wrong })).toEqual(unsure('type_error', 'args.a'));
    }
    expect(decide(source, {})).toEqual(unsure('missing_value', 'args.a'));
    expect(decide(source, { a: [silent, silent] }, 1)).toEqual(unsure('cost', 'args.a'));
    expect(decide(source, { a: [silent, silent] }, 2).value).not.toBe('indeterminate');
  });

  it('answer with the first failure where several fail', () => {
    const source = 'args.a.exists(x, x.n > 1)';
    expect(decide(source, { a: [{}, { n: 'y' }] })).toEqual(unsure('missing_value', 'x.n'));
    expect(decide(source, { a: [{ n: 'y' }, {}] })).toEqual(unsure('type_error', 'x.n'));
    expect(decide('args.a.all(x, x)', { a: [true, 5] })).toEqual(unsure('type_error', 'x'));
  });

  it('are kept by a filter where its test holds', () => {
    const kept = 'args.a.filter(x, x > 1)';
    expect(decide(`${kept}[0] == 2 && ${kept}[1] == 3`, { a: [0, 2, 1, 3] })).toEqual({
      value: true,
    });
    expect(decide(`${kept}.size() == 2`, { a: [0, 2, 1, 3] })).toEqual({ value: true });
    expect(decide(`${kept}.size() == 0`, { a: ['x'] })).toEqual(unsure('type_error', 'x'));
    for (const wrong of [1, 'x', {}, null]) {
      expect(decide(`${kept}.size() == 0`, { a: wrong })).toEqual(unsure('type_error', 'args.a'));
    }
    expect(decide(`${kept}.size() == 0`, {})).toEqual(unsure('missing_value', 'args.a'));
    expect(decide(`${kept}.size() == 0`, { a: [0, 0] }, 1)).toEqual(unsure('cost', 'args.a'));
    expect(decide(`${kept}.size() == 0`, { a: [0, 0] }, 2)).toEqual({ value: true });
  });

  it('of a list that is written down are all needed', () => {
    expect(decide('[args.a, args.b].size() == 2', { a: 1, b: 2 })).toEqual({ value: true });
    expect(decide('[args.a, args.b][1] == 2', { a: 1, b: 2 })).toEqual({ value: true });
    expect(decide('[args.a, args.b].size() == 2', { a: 1 })).toEqual(
      unsure('missing_value', 'args.b'),
    );
  });
});

describe('an instant', () => {
  const at = (text: unknown, epochMs: number) =>
    decide('instant(args.at) == args.ms', { at: text, ms: epochMs });

  it.each<[string, number]>([
    ['2024-05-15t15:00:00z', Date.UTC(2024, 4, 15, 15)],
    ['2024-05-15T15:00:00+02:30', Date.UTC(2024, 4, 15, 12, 30)],
    ['2024-05-15T15:00:00-02:30', Date.UTC(2024, 4, 15, 17, 30)],
    ['2024-05-15T15:00:07.5Z', Date.UTC(2024, 4, 15, 15, 0, 7, 500)],
    ['2024-05-15T23:59:59Z', Date.UTC(2024, 4, 15, 23, 59, 59)],
    ['2024-12-31', Date.UTC(2024, 11, 31)],
    ['2024-05-15T15:00+23:59', Date.UTC(2024, 4, 14, 15, 1)],
  ])('is %s', (text, epochMs) => {
    expect(at(text, epochMs)).toEqual({ value: true });
  });

  it.each([
    '2024-04-31',
    '2024-05-32',
    '2024-05-15T15:00:60Z',
    '2024-05-15T23:60Z',
    'x2024-05-15',
    '2024-05-15T15',
    '2024-05-15T15:00:00.Z',
    '2024-05-15T15:00+02:60',
  ])('is not %s', (text) => {
    expect(at(text, 0)).toEqual(unsure('type_error', 'args.at'));
  });

  it('is read from a text', () => {
    expect(at(5, 0)).toEqual(unsure('type_error', 'args.at'));
    expect(decide('instant(args.at) == 0')).toEqual(unsure('missing_value', 'args.at'));
  });
});
