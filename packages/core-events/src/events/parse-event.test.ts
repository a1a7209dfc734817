import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventsError } from '../error.js';
import { eventToWire, parseBarePayload, parseEvent } from './parse-event.js';

const wire = {
  schema_version: '2.0',
  event_id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  event_type: 'llm.trace.span.completed',
  timestamp: '2026-05-02T12:00:00.000000Z',
  source: 'claims-agent@1.0.0',
  payload: { span_name: 'answer', nested_key: { kept_as_is: [1, 2] } },
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  tags: { team_name: 'claims' },
};

function fault(call: () => unknown): { path: unknown; expectation: unknown } {
  try {
    call();
  } catch (error) {
    if (!EventsError.is(error)) throw error;
    expect(error.code).toBe('EVENTS_EVENT_INVALID');
    return { path: error.details.path, expectation: error.details.expectation };
  }
  throw new Error('was accepted');
}

const nest = (depth: number): Record<string, unknown> =>
  depth === 1 ? {} : { inner: nest(depth - 1) };

describe('parseEvent', () => {
  it('gives names in camelCase and leaves payload and tags alone', () => {
    expect(parseEvent(wire)).toEqual({
      schemaVersion: '2.0',
      eventId: wire.event_id,
      eventType: wire.event_type,
      timestamp: wire.timestamp,
      source: wire.source,
      payload: wire.payload,
      traceId: wire.trace_id,
      tags: wire.tags,
    });
  });

  it('copies: the caller cannot change a parsed event', () => {
    const payload = { list: [1] };
    const event = parseEvent({ ...wire, payload });
    payload.list.push(2);
    expect(event.payload).toEqual({ list: [1] });
    expect(Object.isFrozen(event)).toBe(true);
  });

  it.each([
    ['schema_version', '3.0', '$.schema_version'],
    ['schema_version', 2, '$.schema_version'],
    ['event_id', '8ZZZZZZZZZZZZZZZZZZZZZZZZZ', '$.event_id'],
    ['event_id', '01arz3ndektsv4rrffq69g5fav', '$.event_id'],
    ['event_type', 'nodots', '$.event_type'],
    ['event_type', 'llm..trace', '$.event_type'],
    ['event_type', 'LLM.trace', '$.event_type'],
    ['event_type', 'llm.trace ', '$.event_type'],
    ['timestamp', '2026-05-02T12:00:00+00:00', '$.timestamp'],
    ['timestamp', '2026-05-02T12:00:00', '$.timestamp'],
    ['timestamp', '2026-02-30T12:00:00Z', '$.timestamp'],
    ['timestamp', '2026-05-02T24:00:00Z', '$.timestamp'],
    ['source', 'claims-agent', '$.source'],
    ['source', 'claims-agent@1.0', '$.source'],
    ['payload', [], '$.payload'],
    ['payload', null, '$.payload'],
    ['trace_id', 'line\nbreak', '$.trace_id'],
    ['org_id', '', '$.org_id'],
    ['tags', { a: 1 }, '$.tags.a'],
    ['tags', Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, 'x'])), '$.tags'],
    ['checksum', 'sha256:xyz', '$.checksum'],
    ['signature', `hmac-sha256:${'A'.repeat(64)}`, '$.signature'],
    ['prev_id', 'x', '$.prev_id'],
    ['surprise', 1, '$.surprise'],
    ['eventId', wire.event_id, '$.eventId'],
  ])('refuses %s = %j', (field, value, path) => {
    expect(fault(() => parseEvent({ ...wire, [field]: value })).path).toBe(path);
  });

  it.each(['schema_version', 'event_id', 'event_type', 'timestamp', 'source', 'payload'])(
    'requires %s',
    (field) => {
      const { [field as 'source']: _, ...rest } = wire;
      expect(fault(() => parseEvent(rest)).path).toBe(`$.${field}`);
    },
  );

  it('refuses __proto__ in the envelope and in tags, and keeps it in a payload as data', () => {
    const withProto = (json: string): unknown => JSON.parse(json);
    const text = JSON.stringify(wire);
    const top = withProto(text.replace('{', '{"__proto__":{"x":1},'));
    expect(fault(() => parseEvent(top)).path).toBe('$.__proto__');
    const tags = { ...wire, tags: withProto('{"__proto__":"x"}') };
    expect(fault(() => parseEvent(tags)).path).toBe('$.tags.__proto__');
    const event = parseEvent({ ...wire, payload: withProto('{"__proto__":{"x":1}}') });
    expect(Object.hasOwn(event.payload, '__proto__')).toBe(true);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each([
    ['a date', { when: new Date(0) }],
    ['undefined', { missing: undefined }],
    ['NaN', { score: Number.NaN }],
    ['an unsafe integer', { id: 2 ** 53 }],
    ['a lone surrogate', { text: '\ud800' }],
    ['a getter', Object.defineProperty({}, 'x', { get: () => 1, enumerable: true })],
  ])('refuses %s in a payload', (_name, payload) => {
    expect(fault(() => parseEvent({ ...wire, payload })).path).toMatch(/^\$\.payload/);
  });

  it.each([undefined, null, 'text', 7, []])('refuses %j', (value) => {
    fault(() => parseEvent(value));
  });

  it('takes a payload 10 deep and refuses 11, also where recursion would end the process', () => {
    expect(parseEvent({ ...wire, payload: nest(10) }).payload).toEqual(nest(10));
    expect(fault(() => parseEvent({ ...wire, payload: nest(11) })).expectation).toMatch(/10 deep/);
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    fault(() => parseEvent({ ...wire, payload: { deep } }));
  });

  it('counts bytes, not characters', () => {
    const text = '€'.repeat(400_000);
    expect(fault(() => parseEvent({ ...wire, payload: { text } })).expectation).toMatch(/1048576/);
    expect(parseEvent({ ...wire, payload: { text: 'x'.repeat(1_000_000) } })).toBeDefined();
  });

  it('gives back on the wire what it read, for any payload', () => {
    const payloads = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 5 }));
    fc.assert(
      fc.property(payloads, fc.constantFrom('1.0', '2.0'), (payload, schema_version) => {
        const text = JSON.stringify({ ...wire, schema_version, payload });
        const plain = JSON.parse(text, (_key, member) =>
          Number.isInteger(member) && !Number.isSafeInteger(member) ? 0.5 : member,
        );
        expect(eventToWire(parseEvent(plain))).toEqual(plain);
      }),
    );
  });

  it('never lets an arbitrary value through as an event, and never fails otherwise', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        fault(() => parseEvent(value));
      }),
    );
  });
});

describe('eventToWire', () => {
  it('refuses what parseEvent would refuse', () => {
    const event = { ...parseEvent(wire), eventType: 'not a name' };
    expect(fault(() => eventToWire(event)).path).toBe('$.event_type');
  });
});

describe('parseBarePayload', () => {
  it('takes the documented example with an empty payload', () => {
    expect(
      parseBarePayload({ schema_version: '2.0', source: 'my-app@1.0.0', payload: {} }),
    ).toEqual({
      schemaVersion: '2.0',
      source: 'my-app@1.0.0',
      payload: {},
    });
  });

  it.each([
    [{ source: 'my-app@1.0.0', payload: {} }, '$.schema_version'],
    [{ schema_version: '2.0', payload: {} }, '$.source'],
    [{ schema_version: '2.0', source: 'my-app@1.0.0' }, '$.payload'],
    [{ schema_version: '2.0', source: 'my-app@1.0.0', payload: {}, event_id: 'x' }, '$.event_id'],
    [{ schema_version: '2.0', source: 'my-app@1.0.0', payload: {}, more: 1 }, '$.more'],
  ])('checks %j', (value, path) => {
    expect(fault(() => parseBarePayload(value)).path).toBe(path);
  });
});

const vectors = resolve(
  process.env.SPANFORGE_DATA ?? resolve(import.meta.dirname, '../../../../../shared/data'),
  'vectors/ulid/ulid.json',
);

describe.skipIf(!existsSync(vectors))(`ULID vectors (${vectors})`, () => {
  const data = JSON.parse(existsSync(vectors) ? readFileSync(vectors, 'utf8') : '{}') as {
    valid: string[];
    invalid: { s: string }[];
  };

  it('takes the valid ones as event ids and refuses the others', () => {
    expect(data.valid.length).toBeGreaterThan(0);
    for (const event_id of data.valid)
      expect(parseEvent({ ...wire, event_id }).eventId).toBe(event_id);
    for (const { s } of data.invalid) {
      expect(fault(() => parseEvent({ ...wire, event_id: s })).path).toBe('$.event_id');
    }
  });
});
