import { canonicalize } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvidenceContext, RecordMode } from '../context.js';
import { createSeal, joinRecord, type Sealable } from './seal.js';

const WRITER = { id: 'writer-1', boot: 'boot-1' };
const ID = '01JTEST00000000000000000AB';
const TIME = Date.parse('2026-05-02T10:00:00.123Z');
const context: EvidenceContext = {
  ...{ tenant: 'acme', project: 'payments', env: 'prod', run: 'run-1', traceId: 'trace-1' },
  ...{ agent: 'bot', actor: 'user:ada', source: 'test@1.0.0' },
};
const POLICY = { id: 'prod', version: '1', digest: 'ab'.repeat(32) };
const draft = (more: Partial<Sealable> = {}): Sealable => ({
  ...{ type: 'x.v1', context, mode: undefined, policy: undefined, stateSize: undefined },
  ...{ id: ID, timeMs: TIME, payload: '{}' },
  ...more,
});
const seal = createSeal(WRITER);

/** The record, written the long way. */
const written = (one: Sealable, n: number, more: object = {}) => {
  const { traceId, spanId, ...names } = one.context;
  return canonicalize({
    ...{ v: 'spanforge.record.v1', id: one.id, type: one.type, ...names, trace_id: traceId },
    ...(spanId === undefined ? {} : { span_id: spanId }),
    ...(one.policy === undefined ? {} : { policy: one.policy }),
    ...(one.stateSize === undefined ? {} : { state_size: one.stateSize }),
    ...{ mode: one.mode ?? 'live', time: new Date(one.timeMs).toISOString() },
    ...{ writer: { ...WRITER, n }, body: JSON.parse(one.payload), ...more },
  });
};

const identifier = fc.stringMatching(/^[\x20-\x7e]{1,128}$/);
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  fc.constantFrom('","body":{', '\\', '"', '\u0000', '\u2028', '😀'),
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const contexts: fc.Arbitrary<EvidenceContext> = fc
  .record({
    ...{ tenant: text, project: text, env: text, run: identifier, traceId: identifier },
    ...{ agent: text, actor: text, source: text, spanId: maybe(identifier) },
  })
  .chain(({ spanId, ...rest }) =>
    fc
      .constantFrom(...[{ ...rest, ...(spanId === undefined ? {} : { spanId }) }])
      .chain((one) => fc.boolean().map((frozen) => (frozen ? Object.freeze(one) : one))),
  );
const sealables: fc.Arbitrary<Sealable> = fc.record({
  ...{ type: text, context: contexts, id: fc.constant(ID) },
  mode: fc.constantFrom<RecordMode | undefined>('live', 'shadow', 'simulate', 'replay', undefined),
  policy: maybe(fc.record({ id: text, version: text, digest: text })),
  stateSize: maybe(fc.constantFrom(0, 1, 7, Number.MAX_SAFE_INTEGER)),
  timeMs: fc.integer({ min: Date.parse('0001-01-01'), max: Date.parse('9999-12-31') }),
  payload: fc.constantFrom('{}', '{"a":1}', '{"body":{"append":1}}'),
});
const numbers = fc.constantFrom(0, 1, 10, Number.MAX_SAFE_INTEGER);

describe('a sealed record', () => {
  it('is its canonical JSON, once its number and two braces are added', () => {
    fc.assert(
      fc.property(fc.array(sealables, { minLength: 1, maxLength: 4 }), numbers, (all, n) => {
        for (const one of [...all, ...all]) {
          expect(`${seal(one)}${n}}}`).toBe(written(one, n));
        }
      }),
    );
  });

  it('says how its append joins the log, wherever that sorts', () => {
    const join = fc.constantFrom({ claim: 'review:1' }, { key: 'k', records: 2, request: 'r' });
    fc.assert(
      fc.property(sealables, join, numbers, (one, append, n) => {
        expect(`${joinRecord(seal(one), append)}${n}}}`).toBe(written(one, n, { append }));
      }),
    );
  });

  it('follows a context and a policy that are changed and not frozen', () => {
    const mutable = { ...context, agent: 'one' };
    const policy = { ...POLICY };
    const first = draft({ context: mutable, policy });
    expect(`${seal(first)}0}}`).toBe(written(first, 0));
    mutable.agent = 'two';
    policy.version = '2';
    expect(`${seal(first)}0}}`).toBe(written(first, 0));
    expect(seal(first)).toContain('"agent":"two"');
  });

  it('has a time of four digits for its year', () => {
    for (const time of ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']) {
      expect(seal(draft({ timeMs: Date.parse(time) }))).toContain(`"time":"${time}"`);
    }
  });
});

describe('what cannot be sealed', () => {
  const refusal = (more: Partial<Sealable>) => {
    try {
      return seal(draft(more));
    } catch (error) {
      const { code, message, details } = error as Error & { code: string; details: object };
      expect(message).toContain((details as { path: string }).path);
      expect(message).toBe(`record: ${(details as { path: string }).path} is not valid`);
      return [code, (details as { path: string }).path];
    }
  };
  const at = (path: string) => ['EVENTS_RECORD_INVALID', `$.${path}`];

  it.each([
    ...['tenant', 'project', 'env', 'agent', 'actor', 'source', 'run'].map((name) => [name, name]),
    ...[
      ['traceId', 'trace_id'],
      ['spanId', 'span_id'],
    ],
  ])('is a context whose %s is no name', (name, wire) => {
    for (const wrong of ['', 'x'.repeat(513), 5, null, ['a'], '\ud800']) {
      expect(refusal({ context: { ...context, [name]: wrong } as never })).toEqual(at(wire));
    }
    const isIdentifier = ['run', 'traceId', 'spanId'].includes(name);
    for (const odd of ['é', 'a\n', 'x'.repeat(129)]) {
      const found = refusal({ context: { ...context, [name]: odd } as never });
      expect(Array.isArray(found)).toBe(isIdentifier);
      if (isIdentifier) expect(found).toEqual(at(wire));
    }
  });

  it.each(['id', 'version', 'digest'])('is a policy whose %s is no name', (name) => {
    for (const wrong of ['', 5, undefined]) {
      expect(refusal({ policy: { ...POLICY, [name]: wrong } as never })).toEqual(at(name));
    }
  });

  it('is a mode, a size or a time that is none', () => {
    for (const mode of ['dry', '', 5, null]) {
      expect(refusal({ mode: mode as never })).toEqual(at('mode'));
    }
    for (const stateSize of [-1, 0.5, 2 ** 53, Number.NaN, '5', null]) {
      expect(refusal({ stateSize: stateSize as never })).toEqual(at('state_size'));
    }
    const odd = [Date.parse('9999-12-31T23:59:59.999Z') + 1, Date.parse('0000-01-01') - 1];
    for (const timeMs of [...odd, 8.64e15, 8.64e15 + 1, -8.64e15 - 1, Number.NaN, 1 / 0]) {
      expect(refusal({ timeMs })).toEqual(at('time'));
    }
    // The time that was refused is not taken for one that was written.
    expect(refusal({ timeMs: 8.64e15 })).toEqual(at('time'));
  });
});
