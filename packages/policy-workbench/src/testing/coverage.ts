import { type PolicyRequest, type PolicyVerdict, strictness } from '@spanforge/core-events';
import {
  compileBundle,
  type Decider,
  type ParseOptions,
  type PolicyBundle,
  type PolicyRule,
  type RuleTarget,
} from '@spanforge/policy';
import { createMatcher } from '@spanforge/policy/internal';
import { type PolicyCases, requestOf } from './case.js';
import { type NumberCoverage, numberCoverage } from './number-coverage.js';
import { decideCase, stagedBundle } from './run-cases.js';

/** In how many cases a rule had which result. */
export interface RuleCoverage {
  readonly ruleId: string;
  /** The strongest result of the rule in any case, ignoring its shadow stage. */
  readonly status: 'triggered' | 'indeterminate' | 'not_triggered' | 'never_reached' | 'disabled';
  readonly triggered: number;
  readonly indeterminate: number;
  /** Cases inside its target in which it did not apply. */
  readonly notTriggered: number;
}

/** Whether cases match a part of a rule's target. */
export interface TargetCoverage {
  readonly ruleId: string;
  readonly part: keyof RuleTarget;
  readonly pattern: string;
  /** Cases about the rule's control that the pattern matches. */
  readonly met: number;
  /** Cases about the rule's control that have another value there. */
  readonly notMet: number;
}

/** What the cases of a bundle exercise, and what they do not. */
export interface CaseCoverage {
  readonly rules: readonly RuleCoverage[];
  readonly numbers: readonly NumberCoverage[];
  readonly targets: readonly TargetCoverage[];
}

interface Asked {
  readonly request: PolicyRequest;
  readonly verdict: PolicyVerdict;
  readonly counted: Readonly<Record<string, number>> | undefined;
}

/** Computes what cases exercise: rules, both sides of every number, and every name in a target. */
export function coverCases(
  bundle: PolicyBundle,
  suite: PolicyCases,
  options: Pick<ParseOptions, 'controls'> = {},
): CaseCoverage {
  const staged = stagedBundle(bundle, suite.stages);
  const decider = compileBundle(staged);
  const asked = suite.cases.map(
    (one): Asked => ({
      request: requestOf(one, bundle.effectiveAtMs),
      verdict: decideCase(decider, one),
      counted: one.counted,
    }),
  );
  const reached = staged.rules.map((rule, at) => reachedBy(staged, rule, at, asked));
  return {
    rules: staged.rules.map((rule, at) => ruleCoverage(staged, rule, reached[at] ?? [])),
    numbers: staged.rules.flatMap((rule, at) => {
      if (!rule.enabled) return [];
      return numberCoverage(bundle, rule, reached[at] ?? [], options);
    }),
    targets: staged.rules.flatMap((rule) => targetCoverage(rule, asked)),
  };
}

/** The cases in which a rule was evaluated and its target matched. */
function reachedBy(
  bundle: PolicyBundle,
  rule: PolicyRule,
  at: number,
  asked: readonly Asked[],
): readonly Asked[] {
  const decider = targetDecider(bundle, rule);
  return asked.filter(({ request, verdict }) => {
    if (decider.decide(request).rules.length === 0) return false;
    return bundle.strategy === 'strictest' || at <= settledAt(bundle, verdict);
  });
}

/**
 * A decider with one rule that triggers on every request that matches the target of the given rule.
 */
function targetDecider(bundle: PolicyBundle, rule: PolicyRule): Decider {
  const { when: _when, threshold: _threshold, ...always } = rule;
  return compileBundle({ ...bundle, rules: [{ ...always, enabled: true }] });
}

/** Position of the rule after which no further rule was evaluated. */
function settledAt({ rules }: PolicyBundle, verdict: PolicyVerdict): number {
  const ended = verdict.rules.find(
    ({ finding, action }) =>
      finding === 'triggered' ||
      (finding === 'indeterminate' && strictness(action) > strictness('allow+log')),
  );
  const at = rules.findIndex(({ ruleId }) => ruleId === ended?.ruleId);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

/** The result of a rule on its own, whatever its stage. */
function ruleCoverage(
  bundle: PolicyBundle,
  rule: PolicyRule,
  reached: readonly Asked[],
): RuleCoverage {
  const { shadowUntil: _until, ...enforced } = rule;
  const decider = compileBundle({ ...bundle, rules: [{ ...enforced, enabled: true }] });
  const said = reached.map(({ request, counted }) => {
    const [finding] = decider.decide(decider.withFacts(request, counted)).rules;
    return finding?.finding;
  });
  const count = (finding: (typeof said)[number]): number =>
    said.filter((one) => one === finding).length;
  const counts = {
    triggered: count('triggered'),
    indeterminate: count('indeterminate'),
    notTriggered: count(undefined),
  };
  return { ruleId: rule.ruleId, status: rule.enabled ? statusOf(counts) : 'disabled', ...counts };
}

function statusOf(
  counts: Pick<RuleCoverage, 'triggered' | 'indeterminate' | 'notTriggered'>,
): RuleCoverage['status'] {
  if (counts.triggered > 0) return 'triggered';
  if (counts.indeterminate > 0) return 'indeterminate';
  return counts.notTriggered > 0 ? 'not_triggered' : 'never_reached';
}

const READ: Readonly<
  Record<keyof RuleTarget, (request: PolicyRequest) => string | readonly string[] | undefined>
> = {
  tools: ({ tool }) => tool,
  resources: ({ resource }) => resource,
  agents: ({ agent }) => agent?.id,
  actors: ({ actor }) => actor?.id,
  roles: ({ actor }) => actor?.roles,
  environments: ({ env }) => env,
};

function targetCoverage(rule: PolicyRule, asked: readonly Asked[]): readonly TargetCoverage[] {
  if (!rule.enabled) return [];
  const about = asked.filter(
    ({ request: { service, control } }) => service === rule.service && control === rule.control,
  );
  return (Object.keys(READ) as (keyof RuleTarget)[]).flatMap((part) =>
    (rule.target[part] ?? []).map((pattern) => {
      const matches = createMatcher([pattern]);
      const met = about.filter(({ request }) => [READ[part](request) ?? []].flat().some(matches));
      const { ruleId } = rule;
      return { ruleId, part, pattern, met: met.length, notMet: about.length - met.length };
    }),
  );
}
