import type { Arbitrary } from 'fast-check';
import { z } from 'zod';
import type { FastCheck } from './store-arbitraries.js';

type Schema = z.core.$ZodType;

function objectArbitrary(fc: FastCheck, schema: z.ZodObject): Arbitrary<unknown> {
  const shape = schema.shape as Record<string, Schema>;
  const required = Object.keys(shape).filter((key) => !(shape[key] instanceof z.ZodOptional));
  const members = Object.entries(shape).map(([key, member]) => {
    const plain = member instanceof z.ZodOptional ? member.unwrap() : member;
    return [key, schemaArbitrary(fc, plain)] as const;
  });
  return fc.record(Object.fromEntries(members), { requiredKeys: required, noNullPrototype: true });
}

/**
 * Generates values that a wire schema accepts; supports the kinds of schema used in this package.
 */
export function schemaArbitrary(fc: FastCheck, schema: Schema): Arbitrary<unknown> {
  const inner = (one: Schema): Arbitrary<unknown> => schemaArbitrary(fc, one);
  if (schema instanceof z.ZodObject) return objectArbitrary(fc, schema);
  if (schema instanceof z.ZodArray) return fc.array(inner(schema.element), { maxLength: 4 });
  if (schema instanceof z.ZodRecord) {
    const key = fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== '__proto__');
    return fc.dictionary(key, inner(schema.valueType), { maxKeys: 4, noNullPrototype: true });
  }
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map(inner));
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNumber) {
    return fc.integer({ min: 1, max: Math.min(schema.maxValue ?? 1_000_000, 1_000_000) });
  }
  if (schema instanceof z.ZodString) {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    if (schema.safeParse('ordinary').success) return text;
    // A digest: base64url without padding, or hexadecimal.
    return fc.constant('d'.repeat(schema.safeParse('d'.repeat(64)).success ? 64 : 43));
  }
  if (schema instanceof z.ZodUnknown) return fc.oneof(fc.string(), fc.integer(), fc.constant(null));
  throw new TypeError('no values are known for this schema');
}
