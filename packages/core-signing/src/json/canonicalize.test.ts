import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../bytes.js';
import { testData } from '../tlog/test-data.js';
import { canonicalize } from './canonicalize.js';
import { parseJson } from './parse.js';

const data = testData('vectors/jcs');
const FILES = ['arrays', 'french', 'structures', 'unicode', 'values', 'weird'];

/** RFC 8785 as one would write it in a minute, trusting its input. */
function naive(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(naive).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const object = value as Record<string, unknown>;
  const members = Object.keys(object).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${naive(object[key])}`).join(',')}}`;
}

const refusal = (value: unknown) => {
  try {
    return `accepted: ${canonicalize(value)}`;
  } catch (error) {
    const { code, details } = error as { code: string; details: { path: string; kind: string } };
    return `${code} ${details.path} ${details.kind}`;
  }
};

describe('RFC 8785', () => {
  it.skipIf(!data.there).each(FILES)('gives the published bytes for %s', (name) => {
    const text = canonicalize(parseJson(data.bytes(`input/${name}.json`)));
    expect(text).toBe(data.text(`output/${name}.json`));
    expect(toHex(utf8(text))).toBe(data.text(`outhex/${name}.txt`).replace(/\s/g, ''));
  });

  it.skipIf(!data.there)('C-11 writes 100,000 published doubles as published', () => {
    const file = createHash('sha256');
    for (const value of publishedDoubles(data.text('README.md'), 100_000)) {
      const bits = new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;
      file.update(`${bits.toString(16)},${canonicalize(value)}\n`);
    }
    expect(file.digest('hex')).toBe(
      '22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7',
    );
  });

  it('equals a naive implementation, and itself when parsed again', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 6 }), (value) => {
        const text = canonicalize(value);
        expect(text).toBe(naive(value));
        expect(canonicalize(parseJson(text))).toBe(text);
        expect(canonicalize(JSON.parse(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('writes every finite double so that it is read back', () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
        expect(Number(canonicalize(value))).toBe(value === 0 ? 0 : value);
      }),
      { numRuns: 2000 },
    );
  });

  it('sorts by UTF-16 code units, whatever the order of insertion', () => {
    const keys = ['', '1', '10', '9', 'Z', 'a', 'aa', '\u00e9', '\u{1f600}', '\ufb33'];
    fc.assert(
      fc.property(fc.shuffledSubarray(keys, { minLength: keys.length }), (shuffled) => {
        const object = Object.fromEntries(shuffled.map((key) => [key, 0]));
        expect(Object.keys(JSON.parse(canonicalize(object))).sort()).toEqual([...keys].sort());
        expect(canonicalize(object)).toBe(naive(object));
      }),
    );
  });
});

describe('C-10 what is not plain data', () => {
  const getter = {
    get secret() {
      throw new Error('a getter ran');
    },
  };
  const hidden = Object.defineProperty({}, 'x', { value: 1, enumerable: false });
  const named = Object.assign([1], { extra: 2 });
  const lazyArray = Object.defineProperty([1], 0, { get: () => 1, enumerable: true });
  const sparse = [1, 2, 3];
  delete sparse[1];
  class Point {
    x = 1;
  }
  class Rootless extends (null as unknown as ObjectConstructor) {}

  it.each([
    ['undefined', { a: undefined }, '$.a undefined'],
    ['a function', { a: [() => 1] }, '$.a[0] function'],
    ['a symbol', Symbol('x'), '$ symbol'],
    ['a bigint', [1n], '$[0] bigint'],
    ['a symbol key', { a: { [Symbol('x')]: 1 } }, '$.a symbol key'],
    ['a getter', { a: getter }, '$.a.secret accessor'],
    ['a setter', { set a(_value: unknown) {} }, '$.a accessor'],
    ['a lazy element', lazyArray, '$[0] accessor'],
    ['a hidden property', hidden, '$.x hidden property'],
    ['toJSON', { toJSON: () => 1 }, '$.toJSON function'],
    ['a date', [new Date(0)], '$[0] class instance'],
    ['a map', new Map(), '$ class instance'],
    ['a set', new Set(), '$ class instance'],
    ['bytes', { a: new Uint8Array(2) }, '$.a class instance'],
    ['a buffer', Buffer.from('x'), '$ class instance'],
    ['a regular expression', /x/, '$ class instance'],
    ['an error', new Error('x'), '$ class instance'],
    ['a boxed string', Object('x'), '$ class instance'],
    ['a class instance', new Point(), '$ class instance'],
    ['a rootless instance', Object.create(Rootless.prototype), '$ class instance'],
    ['an object with a plain prototype', Object.create({ a: 1 }), '$ class instance'],
    ['an array subclass', new (class extends Array {})(), '$ class instance'],
    ['a hole', sparse, '$[1] array hole'],
    ['a hole at the end', new Array(3), '$[0] array hole'],
    ['a named array', named, '$ array with named properties'],
    ['C-03 a lone surrogate', { a: 'x\ud800' }, '$.a lone surrogate'],
    ['C-03 a lone surrogate in a key', { '\udc00': 1 }, '$["\\udc00"] lone surrogate'],
  ])('refuses %s', (_name, value, expected) => {
    expect(refusal(value)).toBe(`SIGNING_JSON_UNSUPPORTED ${expected}`);
  });

  it('takes objects without a prototype and plain data of another realm', () => {
    expect(canonicalize(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
    expect(canonicalize(runInNewContext('({ b: [1, {}], a: null })'))).toBe(
      '{"a":null,"b":[1,{}]}',
    );
    expect(refusal(runInNewContext('new (class Object {})()'))).toMatch('class instance');
    expect(refusal(runInNewContext('new Date()'))).toMatch('class instance');
  });

  it('refuses a proxy where it can tell, and reads it once where it cannot', () => {
    let reads = 0;
    const target = { a: 1 };
    const proxy = new Proxy(target, {
      getOwnPropertyDescriptor: (object, key) => {
        if (key === 'a') reads += 1;
        return Reflect.getOwnPropertyDescriptor(object, key);
      },
      get: () => {
        throw new Error('a trap ran');
      },
    });
    const answer = refusal(proxy);
    expect(['SIGNING_JSON_UNSUPPORTED $ proxy', 'accepted: {"a":1}']).toContain(answer);
    // One look for the list of keys, one for the value.
    expect(reads).toBeLessThanOrEqual(2);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(refusal(revoked.proxy)).toMatch(/^SIGNING_JSON_UNSUPPORTED/);
  });
});

describe('limits', () => {
  const nest = (depth: number) => {
    let value: unknown = 0;
    for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value };
    return value;
  };

  it('C-06 takes 64 levels, refuses the 65th, and so every cycle', () => {
    expect(refusal(nest(64))).toMatch(/^accepted/);
    expect(refusal(nest(65))).toMatch(/^SIGNING_JSON_TOO_DEEP/);
    expect(refusal(nest(200_000))).toMatch(/^SIGNING_JSON_TOO_DEEP/);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(refusal(cycle)).toMatch(/^SIGNING_JSON_TOO_DEEP/);
    expect(canonicalize([[1]], { maxDepth: 2 })).toBe('[[1]]');
    expect(() => canonicalize([[1]], { maxDepth: 1 })).toThrow('nesting');
  });

  it('stops a value that grows by sharing', () => {
    let value: unknown = 'x'.repeat(100);
    for (let level = 0; level < 60; level += 1) value = [value, value];
    expect(() => canonicalize(value, { maxLength: 10_000 })).toThrow(
      expect.objectContaining({ code: 'SIGNING_JSON_TOO_LARGE' }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'C-04 refuses %d',
    (n) => {
      expect(refusal({ a: [n] })).toBe('SIGNING_JSON_NUMBER $.a[0] not finite');
    },
  );

  it('C-05 refuses unsafe integers where asked to', () => {
    expect(canonicalize([2 ** 53, 1e21, 1e-7, 5e-324, -0])).toBe(
      '[9007199254740992,1e+21,1e-7,5e-324,0]',
    );
    for (const value of [2 ** 53, -(2 ** 53), 1e21, 1e300]) {
      expect(() => canonicalize(value, { integers: 'safe' })).toThrow(
        expect.objectContaining({ code: 'SIGNING_JSON_NUMBER' }),
      );
    }
    expect(canonicalize([2 ** 53 - 1, 1e-7, 0.5], { integers: 'safe' })).toBe(
      '[9007199254740991,1e-7,0.5]',
    );
  });

  it('keeps the path printable, short, and free of line breaks', () => {
    const path = refusal({ ['k\r\n\u001b[2J"'.repeat(500)]: undefined });
    expect(path).toMatch(/^[ -~…]*$/);
    expect(path.length).toBeLessThan(300);
  });
});

it('C-02 keeps an own __proto__ as a key like any other', () => {
  const value = JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}');
  expect(canonicalize(value)).toBe('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}');
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

it('C-13 is done when it returns: later mutation changes nothing', () => {
  const value = { list: [1, 2], name: 'a' };
  const text = canonicalize(value);
  value.list.push(3);
  value.name = 'b';
  expect(text).toBe('{"list":[1,2],"name":"a"}');
});

/** The first values of the sequence that RFC 8785's author publishes for testing. */
function* publishedDoubles(readme: string, count: number): Generator<number> {
  const bits = [...readme.matchAll(/0x([0-9a-f]{16})n,/g)].map((match) => BigInt(`0x${match[1]}`));
  for (let index = 0n; index < 2000n; index += 1n) bits.push(0x0010000000000000n + index);
  yield* new Float64Array(BigUint64Array.from(bits).buffer);
  let left = count - bits.length;
  let block = new Uint8Array(32);
  while (left > 0) {
    block = new Uint8Array(createHash('sha256').update(block).digest());
    for (const value of new Float64Array(block.buffer)) {
      if (value === 0 || !Number.isFinite(value) || left === 0) continue;
      left -= 1;
      yield value;
    }
  }
}
