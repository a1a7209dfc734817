import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineRecordType, type RecordBody } from './records/record-type.js';

const sample = defineRecordType(
  'acme.sample.v1',
  z.strictObject({
    plain: z.string(),
    two_words: z.number().optional(),
    inner_part: z.strictObject({ deep_name: z.boolean(), part_2: z.string() }),
    many_parts: z.array(z.strictObject({ item_id: z.string() })).optional(),
    free_map: z.record(z.string(), z.array(z.string())),
    one_of: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('a'), left_side: z.string() }),
      z.strictObject({ kind: z.literal('b'), right_side: z.number().optional() }),
    ]),
  }),
);

const wire = {
  plain: 'x',
  two_words: 1,
  inner_part: { deep_name: true, part_2: 'y' },
  many_parts: [{ item_id: '1' }, { item_id: '2' }],
  free_map: { not_renamed: ['a_b'] },
  one_of: { kind: 'a' as const, left_side: 'l' },
};

const code = {
  plain: 'x',
  twoWords: 1,
  innerPart: { deepName: true, part2: 'y' },
  manyParts: [{ itemId: '1' }, { itemId: '2' }],
  freeMap: { not_renamed: ['a_b'] },
  oneOf: { kind: 'a' as const, leftSide: 'l' },
};

describe('names on the wire', () => {
  it('are renamed at every depth, and the keys of maps are not', () => {
    expect(sample.fromWire(wire)).toEqual(code);
    expect(sample.toWire(code)).toEqual(wire);
  });

  it('are renamed in each option of a union', () => {
    const other = { ...code, oneOf: { kind: 'b' as const, rightSide: undefined } };
    expect(sample.toWire(other as never)).toEqual({ ...wire, one_of: { kind: 'b' } });
  });

  it('keep what nobody declared, so that the schema refuses it', () => {
    const typo = { ...code, innerPart: { ...code.innerPart, deepname: true } };
    expect(() => sample.check(sample.toWire(typo as never))).toThrow(/inner_part/);
  });

  it.each([
    z.strictObject({ camelCase: z.string() }),
    z.strictObject({ trailing_: z.string() }),
    z.strictObject({ double__score: z.string() }),
    z.strictObject({ a_1: z.string(), a1: z.string() }),
  ])('must be snake_case and distinct in camelCase (%#)', (schema) => {
    expect(() => defineRecordType('acme.bad.v1', schema as z.ZodType<object>)).toThrow(TypeError);
  });

  it('are the types that code sees', () => {
    type Body = RecordBody<typeof sample>;
    expectTypeOf<Body['innerPart']>().toEqualTypeOf<{
      readonly deepName: boolean;
      readonly part2: string;
    }>();
    expectTypeOf<Body['twoWords']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<NonNullable<Body['manyParts']>>().toEqualTypeOf<
      readonly { readonly itemId: string }[]
    >();
    expectTypeOf<Body['freeMap']>().toEqualTypeOf<Record<string, string[]>>();
    expectTypeOf<Body['oneOf']>().toEqualTypeOf<
      | { readonly kind: 'a'; readonly leftSide: string }
      | { readonly kind: 'b'; readonly rightSide?: number | undefined }
    >();
  });
});
