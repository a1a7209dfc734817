import { readdirSync, readFileSync } from 'node:fs';
import { RECORD_TYPES } from '@spanforge/core-events/records';
import { describe, expect, it } from 'vitest';
import { checkEvent } from '../event/check-event.js';
import { compileSchema } from '../output/json-schema.js';
import { jsonSchemas } from './json-schemas.js';

const folder = new URL('../../schemas/', import.meta.url);
const read = (file: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(new URL(file, folder), 'utf8'));

describe('the published schemas', () => {
  it('are those that validate; run `npm run schemas` where they are not', () => {
    const schemas = jsonSchemas();
    expect(readdirSync(folder).sort()).toEqual([...schemas.keys()].sort());
    for (const [file, schema] of schemas) expect(read(file)).toEqual(schema);
  });

  it('are of every record type, and name themselves with their version', () => {
    for (const { key } of RECORD_TYPES) {
      expect(read(`${key}.json`).$id).toBe(`urn:spanforge:schema:${key}`);
    }
  });

  it('can be used by any validator, and say of an event what the code says', () => {
    for (const file of readdirSync(folder)) {
      const { $id, ...schema } = read(file);
      expect(() => compileSchema(schema)).not.toThrow();
    }
    const { check } = compileSchema(read('spanforge.event.v2.json'));
    const event = {
      ...{ schema_version: '2.0', event_id: '01JBKZ5T900000000000000001', event_type: 'a.b' },
      ...{ timestamp: '2026-11-21T10:00:00Z', source: 'a@1.0.0', payload: {} },
    };
    const tags = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`t${at}`, 'x']));
    const others = [
      ...Object.keys(event).map((name) => ({ ...event, [name]: undefined })),
      ...Object.keys(event).map((name) => ({ ...event, [name]: 1 })),
      ...[
        { ...event, more: 1 },
        { ...event, tags },
        { ...event, payload: [] },
      ],
    ].map((one) => JSON.parse(JSON.stringify(one)));
    for (const one of [event, ...others]) {
      expect([one, check(one).length > 0]).toEqual([one, checkEvent(one).length > 0]);
    }
  });
});
