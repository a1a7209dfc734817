import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvelope, recordEnvelope } from './envelope.js';

const WHOLE = {
  v: 'spanforge.record.v1',
  id: '01J9Z8Y7X6W5V4T3S2R1000000',
  type: 'spanforge.scope.v1',
  tenant: 'acme',
  project: 'claims',
  env: 'prod',
  run: 'run-1',
  trace_id: 'trace-1',
  span_id: 'span-1',
  agent: 'a',
  actor: 'b',
  source: 'test@1.0.0',
  append: { claim: 'c', records: 2, key: 'k'.repeat(43), request: 'r'.repeat(43) },
  policy: { id: 'p', version: '1', digest: 'd' },
  mode: 'live',
  time: '2026-11-01T00:00:00.000Z',
  writer: { id: 'w', boot: 'b', n: 3 },
  state_size: 4,
  body: { any: ['thing'] },
};

/** What the schema alone says. */
const bySchema = (value: unknown): boolean => recordEnvelope.safeParse(value).success;

function byCheck(value: unknown): boolean {
  try {
    expect(parseEnvelope(value as never)).toEqual(value);
    return true;
  } catch {
    return false;
  }
}

describe('the envelope', () => {
  it('is taken whole, and without what may be absent', () => {
    expect(byCheck(WHOLE)).toBe(true);
    const { span_id: _s, append: _a, policy: _p, state_size: _z, ...rest } = WHOLE;
    expect(byCheck(rest)).toBe(true);
  });

  it('is judged as the schema judges it, whatever a member is replaced by', () => {
    const names = [...Object.keys(WHOLE), 'more', '__proto__', 'constructor'];
    const strange = fc.oneof(
      fc.constantFrom<unknown>(
        '',
        'x'.repeat(512),
        'x'.repeat(513),
        'x'.repeat(129),
        'line\nbreak',
        'ü',
        -1,
        0,
        1.5,
        2 ** 53,
        'shadow',
        'LIVE',
        '2026-11-01T00:00:00Z',
        {},
        [],
        { id: 'w', boot: 'b' },
        { id: 'w', boot: 'b', n: -1 },
        { id: 'w', boot: 'b', n: 1, more: 1 },
        { id: 'p', version: '', digest: 'd' },
        { id: 'p', version: '1', digest: 'd', more: 1 },
        { claim: '' },
        { claim: 'c', more: 1 },
        { records: 0 },
      ),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), strange, fc.boolean(), (name, value, leaveOut) => {
        const { [name as 'id']: _, ...rest } = WHOLE;
        const text = JSON.stringify(rest);
        const member = `,${JSON.stringify(name)}:${JSON.stringify(value)}}`;
        const wire: unknown = JSON.parse(leaveOut ? text : text.slice(0, -1) + member);
        expect(byCheck(wire)).toBe(bySchema(wire));
      }),
      { numRuns: 2000 },
    );
  });
});
