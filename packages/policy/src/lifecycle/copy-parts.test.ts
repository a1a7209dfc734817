import { canonicalize, frozenCopy } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyParts, type RequestPart } from './copy-parts.js';

type Given = { readonly [Part in RequestPart]?: unknown };

const copied = (given: Given) => copyParts((part) => given[part]);

const nested = (levels: number): unknown =>
  Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 1);

describe('the parts of a request', () => {
  it('are written as the whole would be, and copied as they are written', () => {
    const value = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });
    const whole = fc.record(
      { action: value, actor: value, facts: value, labels: value, time: value, tool: value },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(whole, (given) => {
        const { text, copy } = copied(given);
        expect(text).toBe(canonicalize(given));
        expect(copy).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, Given]>([
    ['no parts', {}],
    ['a negative zero', { observed: -0, context: [-0] }],
    ['text that has to be escaped', { tool: 'a "b"\n\u{1f600}' }],
    ['no text where text is due', { tool: null, action: true, resource: ['x'] }],
    ['a member called __proto__', { context: JSON.parse('{"__proto__":{"x":1}}') }],
  ])('are the same for %s', (_, given) => {
    const { text, copy } = copied(given);
    expect(text).toBe(canonicalize(given));
    const parsed = JSON.parse(text) as Given;
    expect(copy).toStrictEqual(parsed);
    expect(Object.is(copy.observed, parsed.observed)).toBe(true);
  });

  it.each<[string, Given]>([
    ['a getter', { actor: Object.defineProperty({}, 'id', { get: () => 'x', enumerable: true }) }],
    ['a proxy', { actor: new Proxy({ id: 'x' }, {}) }],
    ['a class instance', { context: new Date(0) }],
    ['half a character', { tool: 'x\ud800' }],
    ['no number', { time: Number.NaN }],
    ['a function', { tool: () => 'x' }],
    ['a proxy of a frozen copy', { actor: new Proxy(frozenCopy({ id: 'x' }), {}) }],
  ])('are refused with %s', (_, given) => {
    expect(() => copied(given)).toThrow();
  });

  it('are nested as deeply as the whole may be', () => {
    for (const levels of [63, 64]) {
      const given = { context: nested(levels) };
      const whole = (): string => canonicalize(given);
      if (levels === 63) expect(copied(given).text).toBe(whole());
      else {
        expect(whole).toThrow();
        expect(() => copied(given)).toThrow();
      }
    }
  });

  it('are read once each', () => {
    const read: string[] = [];
    copyParts((part) => {
      read.push(part);
      return part;
    });
    expect(read).toEqual([...new Set(read)]);
  });
});

describe('a frozen copy among the parts', () => {
  it('is taken as it is', () => {
    const actor = frozenCopy({ id: 'case-worker-7' });
    const { text, copy } = copied({ actor });
    expect(copy.actor).toBe(actor);
    expect(text).toBe('{"actor":{"id":"case-worker-7"}}');
  });

  it('is not what merely looks like one', () => {
    const real = frozenCopy({ id: 'x' });
    for (const made of [Object.freeze({ id: 'x' }), { ...real }, Object.create(real) as object]) {
      try {
        expect(copied({ actor: made }).copy.actor).not.toBe(made);
      } catch {
        expect(Object.getPrototypeOf(made)).toBe(real);
      }
    }
  });
});
