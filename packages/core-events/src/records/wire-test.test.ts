import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemaArbitrary } from '../testing/schema-arbitrary.js';
import { RECORD_TYPES } from './registry.js';
import { compileTest } from './wire-test.js';

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, '', 'x'.repeat(600), -1, 2 ** 60, Number.NaN, true),
  fc.constantFrom<unknown>(Number.POSITIVE_INFINITY, 0.5, [], {}, ['a'], { a: 1 }, [undefined]),
  fc.string({ unit: 'binary' }),
  fc.constant<unknown>(JSON.parse('{"__proto__":"a"}')),
);

type Path = readonly (string | number)[];

/** Every place in a value, the value itself among them. */
function placesOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, part]) => placesOf(part, [...path, key]));
  return [path, ...inner];
}

/** A copy in which one place holds something else, or nothing, or something more. */
function spoil(value: unknown, [step, ...rest]: Path, how: 'swap' | 'drop' | 'add', by: unknown) {
  if (step === undefined) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return how === 'add' && isObject ? { ...value, extra: by } : by;
  }
  const copy: Record<string, unknown> = Array.isArray(value)
    ? ([...value] as never)
    : { ...(value as object) };
  if (rest.length === 0 && how === 'drop') delete copy[step];
  else copy[step] = spoil(copy[step], rest, how, by);
  return copy;
}

describe.each(RECORD_TYPES.map((type) => [type.key, type.schema] as const))('%s', (_, schema) => {
  const test = compileTest(schema);

  it('passes only what the schema gives back as it is, and all that it makes', () => {
    if (test === undefined) return;
    const spoiled = fc
      .tuple(schemaArbitrary(fc, schema), fc.nat(), junk)
      .chain(([body, at, by]) =>
        fc.constantFrom('swap', 'drop', 'add').map((how) => ({ body, at, by, how }) as const),
      );
    fc.assert(
      fc.property(spoiled, ({ body, at, by, how }) => {
        expect(test(body)).toBe(true);
        const places = placesOf(body);
        const other = spoil(body, places[at % places.length] ?? [], how, by);
        if (test(other)) {
          expect(schema.safeParse(other)).toEqual({ success: true, data: other });
        }
        const text = JSON.stringify(other) ?? 'null';
        if (text.includes('__proto__')) return;
        const read: unknown = JSON.parse(text);
        expect(test(read)).toBe(schema.safeParse(read).success);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the test of a schema', () => {
  it('is there for every record type but those that carry free values', () => {
    const slow = RECORD_TYPES.filter((type) => compileTest(type.schema) === undefined);
    expect(slow.map((type) => type.key).sort()).toEqual([
      'spanforge.manifest.actor.v1',
      'spanforge.manifest.agent.v1',
    ]);
  });

  it.each([
    ['a default', z.strictObject({ a: z.string().default('b') })],
    ['a transform', z.strictObject({ a: z.string().transform((text) => text.length) })],
    ['a text that is rewritten', z.strictObject({ a: z.string().trim() })],
    ['a condition on an object', z.strictObject({ a: z.string() }).refine(() => false)],
    ['a condition on a list', z.strictObject({ a: z.array(z.string()).min(1) })],
    ['a format', z.strictObject({ a: z.email() })],
    ['keys that must all be there', z.record(z.enum(['a', 'b']), z.string())],
    ['a choice of exactly one', z.strictObject({ a: z.xor([z.string(), z.number()]) })],
    ['a free value', z.strictObject({ a: z.unknown() })],
  ])('is not made for %s', (_, schema) => {
    expect(compileTest(schema)).toBeUndefined();
  });
});
