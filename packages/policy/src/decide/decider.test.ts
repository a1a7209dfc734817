import { readFileSync } from 'node:fs';
import type { PolicyRequest } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { parseBundleYaml } from '../yaml.js';
import { compileBundle } from './decider.js';

const load = (name: string) => {
  const text = readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8');
  return compileBundle(parseBundleYaml(text, { file: name }));
};

const NOON = Date.parse('2026-06-01T10:00:00Z');
const call = (part: Partial<PolicyRequest>): PolicyRequest => ({
  service: 'sf_govern',
  control: 'tool_call',
  time: NOON,
  ...part,
});

const head = {
  policy_id: 'p',
  version: '1',
  environment: 'prod',
  owner: 'o',
  effective_at: '2026-01-01T00:00:00Z',
};
const rule = (part: object) => ({
  rule_id: 'r',
  service: 'sf_govern',
  control: 'tool_call',
  action: 'block',
  ...part,
});
const decider = (rules: readonly object[], part: object = {}) =>
  compileBundle(parseBundle({ ...head, rules: rules.map((one) => rule(one)), ...part }));

describe('the guide', () => {
  const guide = load('guide.yaml');
  const ask = (observed?: number) =>
    guide.decide({
      service: 'sf_rag',
      control: 'grounding_threshold',
      time: NOON,
      ...(observed === undefined ? {} : { observed }),
    });

  it('escalates a low score and lets a high one pass', () => {
    expect(ask(0.7)).toEqual({
      outcome: 'human_review',
      obligations: [],
      reason: 'Escalate low-grounding answers before delivery.',
      reasonCode: 'rule_triggered',
      matched: true,
      rules: [
        {
          ruleId: 'rag-grounding-prod',
          action: 'human_review',
          finding: 'triggered',
          reason: 'Escalate low-grounding answers before delivery.',
          comparator: 'lt',
          threshold: 0.85,
          observed: 0.7,
        },
      ],
      policy: { id: 'prod-governance', version: '2026.05.02', digest: guide.bundle.digest },
    });
    expect(ask(0.85)).toMatchObject({
      outcome: 'allow',
      matched: false,
      reasonCode: 'no_matching_rule',
    });
  });

  it('blocks without a score, or with one that is no number', () => {
    for (const observed of [undefined, Number.NaN, Number.POSITIVE_INFINITY, '0.9' as never]) {
      expect(ask(observed)).toMatchObject({ outcome: 'block', reasonCode: 'rule_indeterminate' });
    }
  });
});

describe('refunds', () => {
  const refunds = load('refunds.yaml');
  const refund = (args: unknown, time = NOON) =>
    refunds.decide(call({ tool: 'issue_refund', args, time }));

  it('joins the rules that apply', () => {
    const verdict = refund({ amount: 1000.5, currency: 'EUR', card: '4111' });
    expect(verdict.outcome).toBe('human_review');
    expect(verdict.obligations).toEqual([
      { kind: 'redact', target: 'args', path: 'card', mask: '****' },
    ]);
    expect(verdict.rules.map(({ ruleId, finding }) => [ruleId, finding])).toEqual([
      ['refund-allow', 'triggered'],
      ['refund-card', 'triggered'],
      ['refund-large', 'triggered'],
    ]);
    expect(verdict.rules[2]?.values).toEqual({ 'args.amount': 1000.5, 'args.currency': 'EUR' });
  });

  it('counts a rule it cannot decide as block', () => {
    const verdict = refund({ currency: 'EUR' });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'rule_indeterminate' });
    expect(verdict.reason).toBe(
      'Rule refund-large counts as block: its condition cannot be decided (missing_value at args.amount).',
    );
    expect(refund({ amount: '5', currency: 'EUR' }).outcome).toBe('block');
    expect(refund(undefined).outcome).toBe('block');
  });

  it('only reports a shadow rule, in the time of the declared zone, until it is enforced', () => {
    const args = { amount: 5, currency: 'EUR' };
    const late = refund(args, Date.parse('2026-06-01T20:30:00Z'));
    expect(late.outcome).toBe('redact');
    expect(late.rules).toContainEqual(
      expect.objectContaining({ ruleId: 'refund-night', finding: 'shadow', action: 'block' }),
    );
    expect(refund(args, Date.parse('2026-06-01T19:30:00Z')).rules).toHaveLength(2);
    expect(refund(args, Date.parse('2027-06-01T20:30:00Z')).outcome).toBe('block');
    expect(refund(args, Number.NaN).outcome).toBe('block');
  });
});

describe('strategy and default', () => {
  const locked = load('deny-by-default.yaml');
  const ask = (tool: string | undefined, roles?: readonly string[]) =>
    locked.decide(
      call({
        ...(tool === undefined ? {} : { tool }),
        actor: { id: 'a', ...(roles === undefined ? {} : { roles }) },
      }),
    );

  it('takes the first rule, else the default', () => {
    expect(ask('db_read', ['contractor', 'editor']).outcome).toBe('block');
    expect(ask('db_read', ['editor'])).toMatchObject({ outcome: 'allow', matched: true });
    expect(ask('search_web', [])).toMatchObject({ outcome: 'allow', matched: true });
    expect(ask('rm', ['editor'])).toMatchObject({ outcome: 'block', reasonCode: 'default' });
    expect(ask(undefined, ['editor'])).toMatchObject({ outcome: 'block', reasonCode: 'default' });
  });

  it('does not guess who asks', () => {
    expect(ask('db_read')).toMatchObject({ outcome: 'block', reasonCode: 'rule_indeterminate' });
    expect(ask('search_web')).toMatchObject({ outcome: 'allow' });
  });

  it('gives nothing for an allow it cannot decide', () => {
    const lenient = { rule_id: 'a', action: 'allow', when: 'args.x > 1', on_error: 'allow' };
    for (const strategy of ['strictest', 'first_match']) {
      const strict = decider([lenient, { rule_id: 'b', action: 'human_review' }], { strategy });
      expect(strict.decide(call({})).outcome).toBe('human_review');
      const alone = decider([lenient], { strategy, default: 'block' });
      expect(alone.decide(call({})).outcome).toBe('block');
      expect(alone.decide(call({ args: { x: 2 } })).outcome).toBe('allow');
    }
    const plain = decider([{ action: 'allow', when: 'args.x > 1' }]);
    expect(plain.decide(call({})).outcome).toBe('block');
  });

  it('skips a disabled rule', () => {
    expect(decider([{ enabled: false }]).decide(call({}))).toMatchObject({ matched: false });
  });

  it('needs threshold and condition both', () => {
    const both = decider([
      { threshold: 0.5, metadata: { comparator: 'gte' }, when: 'env == "prod"' },
    ]);
    const ask = (observed: number | undefined, env: string | undefined) =>
      both.decide({ ...call({}), observed, env } as PolicyRequest).outcome;
    expect(ask(0.5, 'prod')).toBe('block');
    expect(ask(0.4, undefined)).toBe('allow');
    expect(ask(undefined, 'dev')).toBe('allow');
    expect(ask(undefined, 'prod')).toBe('block');
    expect(ask(0.6, undefined)).toBe('block');
  });

  it.each([
    ['lt', [true, false, false]],
    ['lte', [true, true, false]],
    ['gt', [false, false, true]],
    ['gte', [false, true, true]],
    ['eq', [false, true, false]],
    ['neq', [true, false, true]],
  ])('compares with %s', (comparator, expected) => {
    const compared = decider([{ threshold: 1, metadata: { comparator } }]);
    const outcomes = [0, 1, 2].map((observed) => compared.decide(call({ observed })).matched);
    expect(outcomes).toEqual(expected);
  });

  it('redacts the whole value when a rule does not say what', () => {
    const redacting = decider([{ action: 'redact' }]);
    expect(redacting.decide(call({})).obligations).toEqual([
      { kind: 'redact', target: 'args', path: '' },
    ]);
  });
});

describe('a request that is no request', () => {
  it('is blocked', () => {
    const any = decider([{ when: 'args.x > 1' }]);
    for (const request of [null, undefined, 5, 'x']) {
      expect(any.decide(request as never)).toMatchObject({
        outcome: 'block',
        reasonCode: 'policy_error',
      });
    }
    const throwing = {
      ...call({}),
      get args(): unknown {
        throw new Error('no');
      },
    };
    expect(any.decide(throwing).outcome).toBe('block');
  });
});
