import { createEventGovernancePolicy, createIds, parseEvent } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnforcementMode } from '../mode.js';
import { checkEvent } from './check-event.js';
import { correctEvent } from './correct-event.js';
import { enforceEvent, validationResultToWire } from './enforce-event.js';
import { signEventHmac, verifyEventHmac } from './hmac.js';

const clock = () => Date.UTC(2026, 10, 21);
const filled = { clock, ids: createIds(clock), source: 'tests@1.0.0' };
const event = {
  schema_version: '2.0',
  event_id: '01JBKZ5T900000000000000001',
  event_type: 'llm.trace.completed',
  timestamp: '2026-11-21T10:00:00Z',
  source: 'tests@1.0.0',
  payload: { amount: 1.5 },
  trace_id: 'trace-1',
  tags: { team: 'claims' },
};
const names = [...Object.keys(event), 'org_id', 'actor_id', 'prev_id', 'checksum', 'signature'];

/** Events, and what somebody may have made of them. */
const damaged = fc
  .tuple(
    fc.subarray(Object.keys(event)),
    fc.dictionary(
      fc.oneof(
        fc.constantFrom(...names, 'eventId', 'TraceID', 'trace-id', '__proto__'),
        fc.string(),
      ),
      fc.oneof(
        fc.jsonValue({ maxDepth: 3 }),
        fc.constantFrom('2026-02-30T00:00:00Z', '2026-11-21t10:00:00+02:00', 1763719200, '2', 'V1'),
      ),
    ),
  )
  .map(([kept, more]) => {
    const some = Object.fromEntries(kept.map((name) => [name, Reflect.get(event, name)]));
    return { ...some, ...more };
  });

const accepts = (value: unknown): boolean => {
  try {
    parseEvent(value);
    return true;
  } catch {
    return false;
  }
};

it('finds nothing exactly where the event parses', () => {
  fc.assert(
    fc.property(fc.oneof(damaged, fc.anything()), (value) => {
      expect(checkEvent(value).length === 0).toBe(accepts(value));
    }),
    { numRuns: 1000 },
  );
  expect(checkEvent(event)).toEqual([]);
});

describe('correcting', () => {
  it('gives an event that validates, or says why not', () => {
    fc.assert(
      fc.property(fc.oneof(damaged, fc.anything()), (value) => {
        const { valid, correctedDoc, violations } = correctEvent(value, filled);
        expect(valid).toBe(violations.length === 0);
        if (valid) expect(accepts(correctedDoc)).toBe(true);
        else expect(violations[0]?.expectation).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  });

  it('drops no known field but one of null, and changes nothing the second time', () => {
    fc.assert(
      fc.property(damaged, (value) => {
        const { correctedDoc, changes } = correctEvent(value, filled);
        if (correctedDoc === undefined) return;
        for (const name of names) {
          const member = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
          if (member !== undefined && member !== null) expect(correctedDoc).toHaveProperty(name);
        }
        const again = correctEvent(correctedDoc, filled);
        expect([again.changes, again.correctedDoc]).toEqual([[], correctedDoc]);
        const same = JSON.stringify(correctedDoc) === JSON.stringify(value);
        if (same) expect(changes).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('puts right what needs no guessing', () => {
    const { schema_version: _, event_id: __, ...rest } = event;
    const given = {
      ...rest,
      timestamp: '2026-11-21T12:00:00+02:00',
      traceId: 'other',
      actorId: 7,
      org_id: null,
      whatever: 1,
      tags: { team: 3 },
    };
    const { valid, correctedDoc, changes } = correctEvent(given, filled);
    expect(valid).toBe(true);
    expect(correctedDoc).toMatchObject({
      ...{ schema_version: '2.0', timestamp: '2026-11-21T10:00:00Z', trace_id: 'trace-1' },
      ...{ actor_id: '7', tags: { team: '3' } },
    });
    const byPath = (one: readonly { path: string }[]) =>
      [...one].sort((a, b) => (a.path < b.path ? -1 : 1));
    const expected = [
      { op: 'remove', path: '$.traceId', rule: 'unknown_field' },
      { op: 'replace', path: '$.actorId', rule: 'field_name' },
      { op: 'remove', path: '$.whatever', rule: 'unknown_field' },
      { op: 'remove', path: '$.org_id', rule: 'null' },
      { op: 'replace', path: '$.timestamp', rule: 'format' },
      { op: 'replace', path: '$.tags', rule: 'format' },
      { op: 'replace', path: '$.actor_id', rule: 'type' },
      { op: 'add', path: '$.schema_version', rule: 'required' },
      { op: 'add', path: '$.event_id', rule: 'required' },
    ];
    expect(byPath(changes)).toEqual(byPath(expected));
  });

  it.each([
    ['a time without a zone', { timestamp: '2026-11-21T10:00:00' }, '$.timestamp'],
    ['a day that does not exist', { timestamp: '2026-02-30T10:00:00+01:00' }, '$.timestamp'],
    ['another version', { schema_version: '3.0' }, '$.schema_version'],
    ['a name that is too long', { org_id: 'x'.repeat(600) }, '$.org_id'],
  ])('guesses nothing: %s', (_, part, path) => {
    const { valid, violations } = correctEvent({ ...event, ...part }, filled);
    expect([valid, violations.map((one) => one.path)]).toEqual([false, [path]]);
  });

  it('says that a signature was made before', () => {
    const signature = `hmac-sha256:${'a'.repeat(64)}`;
    expect(correctEvent({ ...event, signature }, filled).signatureStale).toBe(false);
    expect(correctEvent({ ...event, signature, more: 1 }, filled).signatureStale).toBe(true);
  });
});

describe('the modes', () => {
  const wrong = { ...event, source: 'nobody', trace_id: '', more: 1 };
  const caught = (mode: EnforcementMode): unknown => {
    try {
      return enforceEvent(wrong, { mode });
    } catch (error) {
      return error;
    }
  };

  it('strict throws the first, lenient all of them', () => {
    const code = 'VALIDATE_EVENT_INVALID';
    expect(caught('strict')).toMatchObject({ code, violations: [{ path: '$.source' }] });
    const paths = ['$.source', '$.trace_id', '$.more'].map((path) => ({ path }));
    expect(caught('lenient')).toMatchObject({
      code,
      violations: paths,
      details: { violations: 3 },
    });
    expect(() => enforceEvent({})).toThrow(expect.objectContaining({ code }));
  });

  it('warn tells, correct corrects', () => {
    const told: string[] = [];
    const mode = EnforcementMode.WARN;
    const result = enforceEvent(wrong, { mode, onWarning: ({ path }) => told.push(path) });
    expect([result.valid, told]).toEqual([false, ['$.source', '$.trace_id', '$.more']]);
    const corrected = enforceEvent({ ...event, more: 1 }, { mode: EnforcementMode.CORRECT });
    expect(validationResultToWire(corrected)).toEqual({
      ...{ valid: true, mode: 'correct', violations: [], corrected_doc: event },
      changes: [{ op: 'remove', path: '$.more', rule: 'unknown_field' }],
      signature_stale: false,
    });
  });

  it('asks the host for types that are refused, and knows no other mode', () => {
    const policy = createEventGovernancePolicy({ blockedTypes: [event.event_type] });
    expect(enforceEvent(event, { mode: 'warn', policy }).violations).toMatchObject([
      { path: '$.event_type', rule: 'governance' },
    ]);
    expect(() => enforceEvent(event, { mode: 'off' as never })).toThrow(
      expect.objectContaining({ code: 'VALIDATE_OPTIONS_INVALID' }),
    );
  });
});

describe('HMAC', () => {
  const key = { secret: new Uint8Array(32).map((_, at) => at * 7), kid: 'k1', tenant: 'acme' };

  it('covers every field, and says so', () => {
    const signed = signEventHmac(event, key);
    expect(verifyEventHmac(JSON.stringify(signed), { key })).toEqual({
      ...{ valid: true, scheme: 2, coverage: 'every field' },
    });
    for (const name of Object.keys(event)) {
      const changed = { ...signed, [name]: 'changed' };
      expect(verifyEventHmac(changed, { key })).toEqual({ valid: false, reason: 'signature' });
    }
    const other = { ...key, tenant: 'other' };
    expect(verifyEventHmac(signed, { key: other })).toMatchObject({ valid: false });
  });

  it('has no fallback, and never throws for an event', () => {
    const weak = { ...key, secret: new Uint8Array(32) };
    expect(() => signEventHmac(event, weak)).toThrow(
      expect.objectContaining({ code: 'SIGNING_SECRET_WEAK' }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.object()), (value) => {
        expect(verifyEventHmac(value, { key }).valid).toBe(false);
      }),
    );
  });

  it('verifies scheme 1 where its secret is given, as payload-only', async () => {
    const { eventChecksum, hmacSha256, toHex, utf8 } = await import('@spanforge/core-signing');
    const scheme1Secret = utf8('an old secret of some thirty-two bytes');
    const checksum = eventChecksum(event.payload);
    const tag = hmacSha256(scheme1Secret, utf8(`${event.event_id}|${checksum}|`));
    const old = { ...event, checksum, signature: `hmac-sha256:${toHex(tag)}` };
    expect(verifyEventHmac(old, { key })).toMatchObject({ valid: false });
    expect(verifyEventHmac(old, { key, scheme1Secret })).toEqual({
      ...{ valid: true, scheme: 1, coverage: 'payload-only' },
    });
  });
});
