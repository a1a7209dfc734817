import { describe, expect, it } from 'vitest';
import { PolicyError } from '../error.js';
import vectors from '../vectors/fail-closed.json' with { type: 'json' };
import { bundleDigest, parseBundle } from './parse.js';
import { compareVersions } from './version.js';
import { openLocalTime, openZone } from './zone.js';

interface Vector {
  readonly name: string;
  readonly set?: object;
  readonly unset?: string;
  readonly rule?: object;
  readonly code: string;
  readonly path: string;
}

const base: Record<string, unknown> & { rules: object[] } = vectors.base;

function malformed({ set, unset, rule }: Vector): unknown {
  const bundle = { ...base, ...set, ...(rule ? { rules: [{ ...base.rules[0], ...rule }] } : {}) };
  return Object.fromEntries(Object.entries(bundle).filter(([key]) => key !== unset));
}

function refusal(value: unknown): PolicyError {
  try {
    parseBundle(value);
  } catch (error) {
    if (PolicyError.is(error)) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('malformed bundles', () => {
  it('starts from a bundle that loads', () => {
    expect(parseBundle(base).rules).toHaveLength(1);
  });

  it.each(vectors.bundles as Vector[])('are refused: $name', (vector) => {
    const { problems } = refusal(malformed(vector));
    expect(problems.map(({ code, path }) => [code, path])).toEqual([[vector.code, vector.path]]);
  });

  it.each([
    ['null', null],
    ['text', 'x'],
    ['a list', []],
    ['undefined', undefined],
    ['a date', { ...base, metadata: { at: new Date(0) } }],
    ['NaN', { ...base, metadata: { at: Number.NaN } }],
    ['a class instance', Object.assign(Object.create({ inherited: 1 }), base)],
    [
      'an accessor',
      Object.defineProperty({ ...base }, 'owner', { get: () => 'x', enumerable: true }),
    ],
    ['a prototype', JSON.parse('{"__proto__": {"a": 1}}')],
    ['a prototype inside', { ...base, metadata: JSON.parse('{"__proto__": {"a": 1}}') }],
    ['an integer beyond doubles', { ...base, metadata: { n: 2 ** 53 } }],
  ])('are refused: %s', (_name, value) => {
    expect(refusal(value).code).toBe('POLICY_BUNDLE_INVALID');
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it('are refused when they are too large', () => {
    const metadata = { text: 'x'.repeat(4_194_304) };
    expect(refusal({ ...base, metadata }).problems[0]?.code).toBe('POLICY_TOO_LARGE');
  });

  describe('with facts and tools beside the fault', () => {
    const tools = {
      look: { effect: 'read', result: { type: 'object', properties: { n: { type: 'number' } } } },
    };
    const facts = { seen: { from: 'look' }, calls: { count: 'calls', window: '1h' } };
    const rules = [{ ...base.rules[0], when: 'facts.seen.n > 1 && facts.calls > 2' }];
    const whole = { ...base, tools, facts, rules };

    it.each([
      ['$.effective_at', { effective_at: 'soon' }],
      ['$.version', { version: 'first' }],
      ['$.owner', { owner: '' }],
      ['$.zone', { zone: 'Mars/Olympus' }],
      ['$.tools.pay', { tools: { ...tools, pay: { effect: 'write', more: 1 } } }],
      ['$.facts["a b"]', { facts: { ...facts, 'a b': { from: 'look' } } }],
    ])('tell of the fault alone: %s', (path, fault) => {
      expect(parseBundle(whole).rules).toHaveLength(1);
      const paths = refusal({ ...whole, ...fault }).problems.map((problem) => problem.path);
      expect(paths).toHaveLength(1);
      expect(paths[0]).toMatch(new RegExp(`^${path.replace(/[$.[\]]/g, '\\$&')}`));
    });

    it('tell of other faults too', () => {
      const wrong = [{ ...rules[0], when: 'facts.seen.m > 1 && facts.sene == 1' }];
      const { problems } = refusal({ ...whole, rules: wrong, effective_at: 'soon' });
      expect(problems[0]?.path).toBe('$.effective_at');
      expect(problems.length).toBeGreaterThan(1);
    });

    it.each([null, [], 'x', 7])('are refused when facts are %j', (odd) => {
      const [first] = refusal({ ...base, facts: odd }).problems;
      expect(first?.path).toBe('$.facts');
    });
  });

  it.each([
    ['emial', 'not a detector type; did you mean "email"?'],
    ['payment_crad', 'not a detector type; did you mean "payment_card"?'],
    ['no such thing', 'expected a detector type, such as email'],
    [5, 'expected a detector type, such as email'],
  ])('name the detector type that was meant by %j', (type, message) => {
    const rule = { ...base.rules[0], action: 'redact', redact: [{ path: 'args', types: [type] }] };
    const facts = { found: { detect: 'args', types: [type] } };
    const { problems } = refusal({ ...base, facts, rules: [rule] });
    expect(problems.map((problem) => problem.message)).toEqual([message, message]);
  });

  it('are refused for two rules of one name', () => {
    const [rule] = base.rules;
    expect(refusal({ ...base, rules: [rule, rule] }).problems[0]?.code).toBe(
      'POLICY_DUPLICATE_RULE',
    );
  });
});

describe('a bundle', () => {
  it('is digested as written, without defaults', () => {
    const bundle = parseBundle(base);
    expect(bundle.canonical).toBe(
      '{"effective_at":"2026-01-01T00:00:00Z","environment":"prod","owner":"o","policy_id":"p","rules":[{"action":"block","control":"tool_call","rule_id":"r","service":"sf_govern"}],"version":"1.0"}',
    );
    expect(bundle.digest).toBe('29bb5ed9f76a4ff16489fb2e1f67d3969187e76b567810ae0a939d664885df0b');
    expect(bundleDigest(base)).toBe(bundle.digest);
  });

  it('accepts controls the host registers', () => {
    const rules = [{ ...base.rules[0], service: 'billing', control: 'spend' }];
    const controls = [{ service: 'billing', control: 'spend' }];
    expect(parseBundle({ ...base, rules }, { controls }).rules[0]?.control).toBe('spend');
  });

  it('types conditions by the schemas of the tools a rule names', () => {
    const schema = { type: 'object', properties: { amount: { type: 'number' } } };
    const tools = { pay: { effect: 'write', schema }, look: { effect: 'read' } };
    const load = (target: object | undefined, when: string) =>
      parseBundle({ ...base, tools, rules: [{ ...base.rules[0], target, when }].map(plain) });
    expect(() => load({ tools: ['pay'] }, 'args.amuont > 5')).toThrow('amuont');
    expect(() => load({ tools: ['pay', 'look'] }, 'args.amuont > 5')).not.toThrow();
    expect(() => load({ tools: ['pay*'] }, 'args.amuont > 5')).not.toThrow();
    expect(() => load(undefined, 'args.amuont > 5')).not.toThrow();
  });
});

function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('versions', () => {
  it.each([
    ['1.10', '1.9', 1],
    ['2026.05.02', '2026.5.2', 0],
    ['2026.05.02', '2026.05.10', -1],
    ['1', '1.0.0', 0],
    ['1.0.1', '1', 1],
  ])('%s and %s', (a, b, order) => {
    expect(compareVersions(a, b)).toBe(order);
    expect(compareVersions(b, a)).toBe(order === 0 ? 0 : -order);
  });
});

describe('zones', () => {
  const instant = Date.parse('2026-03-29T00:59:59Z');
  it.each([
    ['UTC', 0, 0],
    ['+02:00', 2, 2],
    ['-05:30', 19, 19],
    ['Europe/Berlin', 1, 3],
  ])('%s', (zone, before, after) => {
    const clock = openZone(zone);
    expect(clock?.(instant)?.hour).toBe(before);
    expect(clock?.(instant + 1000)?.hour).toBe(zone === 'UTC' ? 1 : zone === '+02:00' ? 3 : after);
    expect(clock?.(Number.NaN)).toBeUndefined();
    expect(clock?.(9e15)).toBeUndefined();
  });

  it.each([
    ['UTC', '2026-03-29T02:30:00Z', '2026-03-29T02:30:00Z'],
    ['-05:30', '2026-03-29T02:30:00Z', '2026-03-29T08:00:00Z'],
    ['Europe/Berlin', '2026-03-29T01:59:59Z', '2026-03-29T00:59:59Z'],
    ['Europe/Berlin', '2026-03-29T03:00:00.250Z', '2026-03-29T01:00:00.250Z'],
    ['Europe/Berlin', '2026-03-29T02:30:00Z', undefined],
    ['Europe/Berlin', '2026-10-25T02:30:00Z', undefined],
    ['America/New_York', '1969-12-31T23:00:00Z', '1970-01-01T04:00:00Z'],
  ])('read the way back: %s at %s', (zone, wall, instant) => {
    expect(openLocalTime(zone)(Date.parse(wall))).toBe(instant && Date.parse(instant));
  });

  it('counts the week from Monday', () => {
    expect(openZone('UTC')?.(Date.parse('2026-03-29T12:00:00Z'))?.weekday).toBe(7);
    expect(openZone('Asia/Tokyo')?.(Date.parse('2026-03-29T16:00:00Z'))).toMatchObject({
      weekday: 1,
      day: 30,
      hour: 1,
    });
  });

  it.each(['', 'utc', 'Mars/Olympus', '+25:00', 'CET', '__proto__'])('there is no %s', (zone) => {
    expect(openZone(zone)).toBeUndefined();
  });
});
