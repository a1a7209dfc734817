import { readdirSync, readFileSync } from 'node:fs';
import { canonicalize, leafHash, toHex } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemaArbitrary } from '../testing/schema-arbitrary.js';
import { parseEnvelope } from './envelope.js';
import { defineRecordType } from './record-type.js';
import { createRecordRegistry, RECORD_TYPES } from './registry.js';

const folder = new URL('./vectors/', import.meta.url);

interface Vector {
  readonly type: string;
  readonly leaf: string;
  readonly text: string;
}

const readVector = (name: string): Vector =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Vector;

/** Vectors of members that came later, so that the first of a type stays as it is. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  'spanforge.policy.decision.v1': [
    'spanforge.policy.decision.v1.application',
    'spanforge.policy.decision.v1.counted',
  ],
  'spanforge.policy.lifecycle.v1': ['spanforge.policy.lifecycle.v1.application'],
};

const vectorsOf = (key: string): readonly string[] => [key, ...(LATER[key] ?? [])];

const types = RECORD_TYPES.map((type) => [type.key, type] as const);

describe.each(types)('%s', (key, type) => {
  const wire = schemaArbitrary(fc, type.schema);

  it('comes back from code as it was on the wire', () => {
    fc.assert(
      fc.property(wire, (body) => {
        expect(type.toWire(type.fromWire(body) as never)).toEqual(body);
        expect(type.write(body)).toBe(canonicalize(type.check(body)));
      }),
    );
  });

  it('has no snake_case in code and no camelCase on the wire, in declared names', () => {
    const names = (value: object): readonly string[] => Object.keys(value);
    fc.assert(
      fc.property(wire, (body) => {
        for (const name of names(type.fromWire(body))) expect(name).not.toContain('_');
        for (const name of names(body as object)) expect(name).toMatch(/^[a-z0-9_]+$/);
      }),
    );
  });

  it('refuses what it does not know, on the wire and in code', () => {
    fc.assert(
      fc.property(wire, (body) => {
        const refused = expect.objectContaining({ code: 'EVENTS_RECORD_INVALID' });
        const more = { ...(body as object), unknown_member: 1 };
        expect(() => type.check(more)).toThrow(refused);
        expect(() => type.write(more)).toThrow(refused);
        expect(() => type.fromWire(more)).toThrow(refused);
        const inCode = { ...type.fromWire(body), unknownMember: 1 };
        expect(() => type.check(type.toWire(inCode as never))).toThrow(refused);
      }),
      { numRuns: 10 },
    );
  });

  it('leaves out what is undefined', () => {
    fc.assert(
      fc.property(wire, (body) => {
        const code = { ...type.fromWire(body) } as Record<string, unknown>;
        const all = Object.keys((type.schema as z.ZodObject).shape);
        const camel = all.map((one) => one.replace(/_(.)/g, (_, letter) => letter.toUpperCase()));
        for (const name of camel) code[name] ??= undefined;
        expect(type.toWire(code as never)).toEqual(body);
        expect(Object.values(type.toWire(code as never))).not.toContain(undefined);
      }),
      { numRuns: 10 },
    );
  });

  it.each(vectorsOf(key))('is the record its golden vector %s shows', (vector) => {
    const { type: named, leaf, text } = readVector(vector);
    expect(named).toBe(key);
    expect(toHex(leafHash(text))).toBe(leaf);
    const record = parseEnvelope(JSON.parse(text));
    expect(canonicalize(record)).toBe(text);
    expect(Object.keys(record).sort().at(-1)).toBe('writer');
    expect(text.endsWith(`,"writer":${canonicalize(record.writer)}}`)).toBe(true);
    expect(record.type).toBe(key);
    expect(type.toWire(type.fromWire(record.body) as never)).toEqual(record.body);
  });

  it('has every member in its vectors, so that none can change unnoticed', () => {
    const shown = vectorsOf(key).flatMap((vector) =>
      Object.keys(parseEnvelope(JSON.parse(readVector(vector).text)).body),
    );
    const members = Object.keys((type.schema as z.ZodObject).shape).sort();
    expect([...new Set(shown)].sort()).toEqual(members);
  });
});

describe('the registry', () => {
  it('has a vector for each of its types and for nothing else', () => {
    const names = readdirSync(folder).sort();
    expect(names).toEqual(
      RECORD_TYPES.flatMap(({ key }) => vectorsOf(key).map((vector) => `${vector}.json`)).sort(),
    );
  });

  it('takes further types, and no key twice', () => {
    const more = defineRecordType('acme.audit.v1', z.strictObject({ what: z.string() }));
    expect(createRecordRegistry([more]).get('acme.audit.v1')).toBe(more);
    expect(() => createRecordRegistry([more, more])).toThrow(TypeError);
    const [first] = RECORD_TYPES;
    expect(() => createRecordRegistry(first ? [first] : [])).toThrow(TypeError);
  });
});

describe('defining a record type', () => {
  it.each(['scope', 'Spanforge.scope.v1', 'spanforge.scope', 'spanforge.scope.v0', 'a.b.v1\n'])(
    'refuses the key %j',
    (key) => {
      expect(() => defineRecordType(key, z.strictObject({}))).toThrow(
        expect.objectContaining({ code: 'EVENTS_RECORD_INVALID' }),
      );
    },
  );
});
