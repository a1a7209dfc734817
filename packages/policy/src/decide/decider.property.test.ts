import {
  type PolicyRequest,
  type PolicyVerdict,
  strictest,
  strictness,
} from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyBundle, PolicyRule } from '../bundle/bundle.js';
import { parseBundle } from '../bundle/parse.js';
import { compileBundle } from './decider.js';

const UNTIL = Date.parse('2026-06-01T00:00:00Z');
const action = fc.constantFrom('allow', 'allow+log', 'redact', 'human_review', 'block');
const pair = fc.constantFrom(
  ['sf_govern', 'tool_call'] as const,
  ['sf_govern', 'tool_call'] as const,
  ['sf_rag', 'grounding_threshold'] as const,
);
const tool = fc.constantFrom('a', 'ab', 'abc', 'b', 'bc', 'c');
const patterns = (names: fc.Arbitrary<string>) =>
  fc.array(fc.oneof(names, fc.constantFrom('*', 'a*', 'ab*', 'b*', 'z*')), {
    minLength: 1,
    maxLength: 3,
  });
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

const written = fc
  .record({
    pair,
    action,
    target: fc.dictionary(
      fc.constantFrom('tools', 'tools', 'resources', 'agents', 'actors', 'roles', 'environments'),
      patterns(tool),
      { maxKeys: 2 },
    ),
    threshold: optional(fc.constantFrom(0, 0.5, 1)),
    comparator: fc.constantFrom('lt', 'lte', 'gt', 'gte', 'eq', 'neq'),
    when: optional(
      fc.constantFrom(
        'args.n > 1',
        'args.n > 1 && env == "a"',
        'has(args.n)',
        '"u" in labels',
        'true',
      ),
    ),
    on_error: optional(action),
    enabled: optional(fc.constantFrom(true, true, true, false)),
    shadow: fc.constantFrom(false, false, false, true),
    mask: fc.constantFrom('x', 'y'),
  })
  .map(({ pair: which, threshold, comparator, shadow, mask, ...rest }) => ({
    service: which[0],
    control: which[1],
    ...rest,
    ...(threshold === undefined ? {} : { threshold, metadata: { comparator } }),
    ...(shadow ? { stage: { mode: 'shadow', until: '2026-06-01T00:00:00Z' } } : {}),
    ...(rest.action.startsWith('allow') ? {} : { redact: [{ path: 'args.s', mask }] }),
  }));

type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

const bundle = fc.record({
  rules: fc.array(written, { minLength: 1, maxLength: 8 }),
  strategy: fc.constantFrom('strictest', 'strictest', 'first_match'),
  fallback: optional(action),
});

const name = fc.constantFrom('a', 'ab', 'q');
const request: fc.Arbitrary<PolicyRequest> = fc
  .record({
    pair,
    time: fc.constantFrom(UNTIL - 1, UNTIL),
    tool: optional(tool),
    resource: optional(name),
    actor: optional(fc.record({ id: name, roles: optional(fc.array(name, { maxLength: 2 })) })),
    agent: optional(fc.record({ id: name })),
    env: optional(name),
    labels: optional(fc.array(fc.constantFrom('u', 'v'), { maxLength: 2 })),
    observed: optional(fc.constantFrom(0, 0.5, 1, Number.NaN)),
    args: optional(fc.constantFrom({}, { n: 1 }, { n: 2 }, { n: 'two' })),
  })
  .map(({ pair: which, ...rest }) => {
    const given = Object.entries(rest).filter(([, value]) => value !== undefined);
    return { service: which[0], control: which[1], ...Object.fromEntries(given) } as PolicyRequest;
  });

function build(rules: readonly Written[], strategy = 'strictest', fallback?: string): PolicyBundle {
  const plain: unknown = JSON.parse(
    JSON.stringify({
      policy_id: 'p',
      version: '1',
      environment: 'prod',
      owner: 'o',
      effective_at: '2026-01-01T00:00:00Z',
      strategy,
      default: fallback,
      rules: rules.map((rule, i) => ({ rule_id: `r${i}`, ...rule })),
    }),
  );
  return parseBundle(plain);
}

/** The rule of deciding written plainly: every rule in turn, no index, no compilation. */
function reference(given: PolicyBundle, asked: PolicyRequest) {
  const order =
    given.strategy === 'first_match'
      ? given.rules
      : [...given.rules].sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1));
  const found: [string, string, string][] = [];
  let outcome: string | undefined;
  let settled = false;
  const masks = new Set<string>();
  for (const rule of order) {
    if (!rule.enabled || rule.service !== asked.service || rule.control !== asked.control) continue;
    const truths = [...targets(rule, asked), threshold(rule, asked), condition(rule, asked)];
    if (truths.includes('no')) continue;
    const sure = !truths.includes('unknown');
    const counts = sure ? rule.action : strictest(rule.action, rule.onError);
    if (rule.shadowUntil !== undefined && asked.time < rule.shadowUntil) {
      found.push([rule.ruleId, 'shadow', counts]);
      continue;
    }
    found.push([rule.ruleId, sure ? 'triggered' : 'indeterminate', counts]);
    outcome = strictest((outcome ?? 'allow') as never, counts);
    for (const one of rule.obligations) masks.add(JSON.stringify(one));
    if (counts === 'redact' && rule.obligations.length === 0) masks.add(wholeOf(rule.control));
    const final = sure || !counts.startsWith('allow');
    settled ||= final;
    if (given.strategy === 'first_match' && final) break;
  }
  const fallback = given.default ?? 'allow';
  if (outcome === undefined) outcome = fallback;
  else if (!settled) outcome = strictest(outcome as never, fallback);
  if (!settled && fallback === 'redact') masks.add(wholeOf(asked.control));
  return { outcome, found, masks: [...masks].sort() };
}

/** What a redaction masks that says nothing of where. */
const wholeOf = (control: string): string =>
  JSON.stringify({ kind: 'redact', target: control === 'tool_call' ? 'args' : 'result', path: '' });

function targets({ target }: PolicyRule, asked: PolicyRequest): string[] {
  const one = (
    wanted: readonly string[] | undefined,
    values: readonly string[] | undefined,
    absent: string,
  ) => {
    if (wanted === undefined) return 'yes';
    if (values === undefined) return absent;
    const hit = values.some((value) =>
      wanted.some((pattern) =>
        pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : pattern === value,
      ),
    );
    return hit ? 'yes' : 'no';
  };
  const single = (value: string | undefined) => (value === undefined ? undefined : [value]);
  return [
    one(target.tools, single(asked.tool), 'no'),
    one(target.resources, single(asked.resource), 'no'),
    one(target.agents, single(asked.agent?.id), 'unknown'),
    one(target.actors, single(asked.actor?.id), 'unknown'),
    one(target.roles, asked.actor?.roles, 'unknown'),
    one(target.environments, single(asked.env), 'unknown'),
  ];
}

function threshold(
  { threshold: limit, comparator }: PolicyRule,
  { observed }: PolicyRequest,
): string {
  if (limit === undefined) return 'yes';
  if (observed === undefined || Number.isNaN(observed)) return 'unknown';
  const sign = Math.sign(observed - limit);
  const signs = { lt: [-1], lte: [-1, 0], gt: [1], gte: [0, 1], eq: [0], neq: [-1, 1] }[comparator];
  return signs.includes(sign) ? 'yes' : 'no';
}

function condition({ when }: PolicyRule, asked: PolicyRequest): string {
  const result = when?.evaluate({ ...asked, request: asked } as never);
  if (result === undefined || result.value === true) return 'yes';
  return result.value === false ? 'no' : 'unknown';
}

const summary = (verdict: PolicyVerdict) => ({
  outcome: verdict.outcome,
  found: verdict.rules.map(({ ruleId, finding, action: counts }) => [ruleId, finding, counts]),
  masks: verdict.obligations.map((one) => JSON.stringify(one)).sort(),
});

describe('the decider', () => {
  it('equals the plain reading of the rules', () => {
    let matched = 0;
    fc.assert(
      fc.property(bundle, fc.array(request, { minLength: 20, maxLength: 20 }), (given, asked) => {
        const parsed = build(given.rules, given.strategy, given.fallback);
        const decider = compileBundle(parsed);
        for (const one of asked) {
          const verdict = decider.decide(one);
          if (verdict.rules.length > 1) matched += 1;
          expect(summary(verdict)).toEqual(reference(parsed, one));
          expect(decider.decide(one)).toEqual(verdict);
        }
      }),
      { numRuns: 1000 },
    );
    expect(matched).toBeGreaterThan(1000);
  });

  it('does not depend on the order of the rules', () => {
    fc.assert(
      fc.property(bundle, fc.infiniteStream(fc.nat()), request, (given, keys, asked) => {
        const rules = given.rules.map((rule, i) => ({ rule_id: `r${i}`, ...rule }));
        const shuffled = rules
          .map((rule) => ({ rule, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ rule }) => rule);
        const one = compileBundle(build(rules)).decide(asked);
        const other = compileBundle(build(shuffled)).decide(asked);
        expect({ ...other, policy: undefined }).toEqual({ ...one, policy: undefined });
      }),
      { numRuns: 1000 },
    );
  });

  it('never becomes looser by one more block rule', () => {
    fc.assert(
      fc.property(bundle, written, request, ({ rules, fallback }, extra, asked) => {
        const block = { ...extra, action: 'block', redact: undefined } as unknown as Written;
        const before = compileBundle(build(rules, 'strictest', fallback)).decide(asked);
        const after = compileBundle(build([...rules, block], 'strictest', fallback)).decide(asked);
        expect(strictness(after.outcome)).toBeGreaterThanOrEqual(strictness(before.outcome));
        // A default masks what no rule settles; once one does, it is that rule that counts.
        if (fallback === 'redact' && after.outcome === 'block') return;
        for (const one of before.obligations) expect(after.obligations).toContainEqual(one);
      }),
      { numRuns: 1000 },
    );
  });

  it('answers anything at all', () => {
    const decider = compileBundle(build(fc.sample(written, { numRuns: 8, seed: 7 })));
    fc.assert(
      fc.property(
        request,
        fc.dictionary(
          fc.constantFrom('actor', 'args', 'labels', 'env', 'tool', 'time', 'observed'),
          fc.anything(),
        ),
        (asked, noise) => {
          const verdict = decider.decide({ ...asked, ...noise } as PolicyRequest);
          expect(strictness(verdict.outcome)).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('the index', () => {
  it('looks only at rules that could apply', () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({
      service: 'sf_govern',
      control: 'tool_call',
      action: 'block',
      target: { tools: [i % 2 === 0 ? `tool${i}` : `group${i}_*`] },
    }));
    let looked = 0;
    const count = () => {
      looked += 1;
      return { value: true };
    };
    const parsed = build(many as unknown as Written[]);
    const rules = parsed.rules.map((rule) => ({
      ...rule,
      // A condition that counts how often it is asked.
      when: { fields: [], evaluate: count, read: () => ({}) } as never,
    }));
    const decider = compileBundle({ ...parsed, rules });
    const ask = (tool: string) =>
      decider.decide({ service: 'sf_govern', control: 'tool_call', tool, time: 0 });
    expect(ask('tool500').rules).toHaveLength(1);
    expect(ask('group501_x').rules).toHaveLength(1);
    expect(ask('other').rules).toHaveLength(0);
    expect(looked).toBe(2);
  });
});
