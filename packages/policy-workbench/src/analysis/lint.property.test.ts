import { compileBundle, type PolicyBundle, type PolicyRule } from '@spanforge/policy';
import { openZone } from '@spanforge/policy/internal';
import {
  AXES,
  type Axis,
  action,
  build,
  looser,
  maybe,
  requests,
  ruleOn,
  strategy,
} from '@spanforge-tooling/policy-reference/bounded';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintBundle } from '../index.js';

const example = fc
  .uniqueArray(fc.nat(AXES.length - 1), { minLength: 1, maxLength: 2 })
  .chain((indexes) => {
    const axes = indexes.map((index) => AXES[index] as Axis);
    return fc.record({
      axes: fc.constant(axes),
      rules: fc.array(ruleOn(axes), { minLength: 1, maxLength: 4 }),
      head: fc.record({ strategy, default: maybe(action) }),
    });
  });

type Asked = ReturnType<typeof requests>;

const IDLE = ['unreachable', 'shadowed', 'conflicting', 'allow_without_effect'];

function flagged(bundle: PolicyBundle, codes: readonly string[]): ReadonlySet<string | undefined> {
  const findings = lintBundle(bundle).filter(({ code }) => codes.includes(code));
  return new Set(findings.map(({ ruleIds }) => ruleIds[0]));
}

function without(bundle: PolicyBundle, ids: ReadonlySet<string | undefined>): PolicyBundle {
  return { ...bundle, rules: bundle.rules.filter(({ ruleId }) => !ids.has(ruleId)) };
}

/** As data, `a == true` and `a` are the same; what hangs on null between them is not seen. */
function isPlain({ rules }: PolicyBundle): boolean {
  return !rules.some(({ when }) => when?.source.includes('== true'));
}

/** Whether two bundles decide some request differently. */
function differ(one: PolicyBundle, other: PolicyBundle, asked: Asked): boolean {
  const deciders = [compileBundle(one), compileBundle(other)] as const;
  return asked.some((request) => {
    const [a, b] = [deciders[0].decide(request), deciders[1].decide(request)];
    return looser(a, b) || looser(b, a);
  });
}

function says(bundle: PolicyBundle, ruleId: string, asked: Asked): boolean {
  const decider = compileBundle(bundle);
  return asked.some((request) =>
    decider
      .decide(request)
      .rules.some((found) => found.ruleId === ruleId && found.finding !== 'shadow'),
  );
}

/** What a rule's condition says of the requests inside its target and threshold. */
function answers(bundle: PolicyBundle, rule: PolicyRule, asked: Asked): ReadonlySet<unknown> {
  const { when, shadowUntil: _shadow, ...open } = rule;
  const decider = compileBundle({ ...bundle, rules: [open] });
  const resolve = openZone('UTC');
  const inside = asked.filter((request) => decider.decide(request).rules.length > 0);
  const results = inside.map((request) => {
    const input = { ...request, request, time: resolve?.(request.time) } as object;
    return when?.evaluate(input).value;
  });
  return new Set(results);
}

describe('a lint', () => {
  it('names exactly the rules without effect, as brute force finds them', {
    timeout: 60_000,
  }, () => {
    let idle = 0;
    fc.assert(
      fc.property(example, ({ axes, rules, head }) => {
        const asked = requests(axes);
        const bundle = build(rules, head);
        fc.pre(isPlain(bundle));
        const named = flagged(bundle, IDLE);
        idle += named.size;
        expect(differ(bundle, without(bundle, named), asked)).toBe(false);
        let left = bundle;
        for (const { ruleId, enabled, service } of [...bundle.rules].reverse()) {
          if (!enabled || service !== 'sf_govern') continue;
          const less = without(left, new Set([ruleId]));
          const first = bundle.strategy === 'first_match';
          const alone = without(bundle, new Set([ruleId]));
          const matters = first
            ? says(bundle, ruleId, asked)
            : differ(left, less, asked) || differ(bundle, alone, asked);
          expect([ruleId, named.has(ruleId)]).toEqual([ruleId, !matters]);
          if (!matters) left = less;
        }
      }),
      { numRuns: 1000 },
    );
    expect(idle).toBeGreaterThan(150);
  });

  it('names exactly the conditions that are always or never true', { timeout: 60_000 }, () => {
    let constant = 0;
    fc.assert(
      fc.property(example, ({ axes, rules, head }) => {
        const asked = requests(axes);
        const bundle = build(rules, head);
        fc.pre(isPlain(bundle));
        const always = flagged(bundle, ['always_true']);
        const never = flagged(bundle, ['always_false']);
        constant += always.size + never.size;
        for (const rule of bundle.rules) {
          if (!rule.enabled || rule.when === undefined) continue;
          const found = answers(bundle, rule, asked);
          expect([rule.ruleId, never.has(rule.ruleId)]).toEqual([rule.ruleId, !found.has(true)]);
          const isAlways = found.has(true) && !found.has(false);
          expect([rule.ruleId, always.has(rule.ruleId)]).toEqual([rule.ruleId, isAlways]);
        }
      }),
      { numRuns: 1000 },
    );
    expect(constant).toBeGreaterThan(100);
  });
});
