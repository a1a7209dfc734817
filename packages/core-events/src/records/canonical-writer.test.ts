import { canonicalize } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileWriter } from './canonical-writer.js';
import { outcome, values } from './record-type.js';
import { RECORD_TYPES } from './registry.js';

const schema = z.strictObject({
  zulu: z.string().min(1).max(8),
  alpha: outcome.optional(),
  count: z.int().min(0).optional(),
  ratio: z.number().optional(),
  flags: z.array(z.boolean()).optional(),
  values: values.optional(),
  one: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('a'), text: z.string() }),
      z.strictObject({ kind: z.literal('b'), size: z.int() }),
    ])
    .optional(),
});
const write = compileWriter(schema);

const part = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
);
const mostly = <T>(good: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: part });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const near = fc.record(
  {
    zulu: mostly(fc.string({ minLength: 1, maxLength: 8 })),
    alpha: mostly(fc.constantFrom('allow', 'block')),
    count: mostly(fc.nat()),
    ratio: mostly(finite),
    flags: mostly(fc.array(fc.boolean())),
    values: mostly(fc.dictionary(fc.string({ minLength: 1 }), fc.constant('d'.repeat(43)))),
    one: mostly(
      fc.oneof(
        fc.record({ kind: fc.constant('a'), text: fc.string({ unit: 'binary' }) }),
        fc.record({ kind: fc.constant('b'), size: fc.integer() }),
      ),
    ),
  },
  { requiredKeys: ['zulu'] },
);

describe('the canonical writer', () => {
  it('writes what the schema takes just as the canonicaliser does, and nothing else', () => {
    let written = 0;
    fc.assert(
      fc.property(near, (value) => {
        const text = write?.(value);
        if (text === undefined) return;
        written += 1;
        expect(schema.safeParse(value).success).toBe(true);
        expect(text).toBe(canonicalize(value, { integers: 'safe' }));
      }),
      { numRuns: 3000 },
    );
    expect(written).toBeGreaterThan(500);
  });

  it('leaves nothing to the schema that is plainly good', () => {
    const good = {
      zulu: 'a"\u0001',
      ratio: 0.5,
      count: 3,
      flags: [true],
      values: { b: 'd'.repeat(43), a: 'e'.repeat(43) },
      one: { kind: 'b', size: -1 },
    };
    expect(write?.(good)).toBe(canonicalize(good));
  });

  it.each([
    [{ zulu: '\ud800' }],
    [{ zulu: 'a', count: 2 ** 53 }],
    [{ zulu: 'a', ratio: 2 ** 60 }],
    [{ zulu: 'a', ratio: Number.NaN }],
    [{ zulu: 'a', unknown: 1 }],
    [{ zulu: 'a', [Symbol('s')]: 1 }],
    [Object.create({ zulu: 'a' })],
    [Object.defineProperty({ zulu: 'a' }, 'hidden', { value: 1 })],
    [Object.assign(Object.create({}), { zulu: 'a' })],
    [['a']],
    [null],
  ])('does not write %o', (value) => {
    expect(write?.(value)).toBeUndefined();
  });

  it('knows every record type but those that carry free values', () => {
    const slow = RECORD_TYPES.filter((type) => compileWriter(type.schema) === undefined);
    expect(slow.map((type) => type.key).sort()).toEqual([
      'spanforge.manifest.actor.v1',
      'spanforge.manifest.agent.v1',
    ]);
  });
});
