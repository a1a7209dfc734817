import type { Obligation, PolicyVerdict, RuleFinding } from '@spanforge/core-events';
import { canonicalize } from '@spanforge/core-signing';
import { compileBundle, type Decider, type PolicyBundle } from '@spanforge/policy';
import { type Expectation, type PolicyCase, type PolicyCases, requestOf } from './case.js';

/** One difference between a verdict and what its case expects. */
export interface CaseDifference {
  readonly part:
    | 'outcome'
    | 'triggered'
    | 'indeterminate'
    | 'shadow'
    | 'silent'
    | 'obligations'
    | 'reason_code';
  readonly expected: unknown;
  readonly actual: unknown;
}

/** The result of one case. */
export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  /** Empty if the case passed. */
  readonly differences: readonly CaseDifference[];
  readonly verdict: PolicyVerdict;
}

/** The bundle for judging cases: with its stages as written, or as if all of them had ended. */
export function stagedBundle(bundle: PolicyBundle, stages: PolicyCases['stages']): PolicyBundle {
  if (stages === 'as_written') return bundle;
  const rules = bundle.rules.map(({ shadowUntil: _until, ...rule }) => rule);
  return { ...bundle, rules };
}

/** Decides every case with a bundle, in order. Pure: nothing is counted, recorded or run. */
export function runCases(
  bundle: PolicyBundle,
  { stages, cases }: PolicyCases,
): readonly CaseResult[] {
  const decider = compileBundle(stagedBundle(bundle, stages));
  return cases.map((one) => runCase(decider, one));
}

/** The verdict of a decider about a case. */
export function decideCase(decider: Decider, one: PolicyCase): PolicyVerdict {
  const request = requestOf(one, decider.bundle.effectiveAtMs);
  return decider.decide(decider.withFacts(request, one.counted));
}

function runCase(decider: Decider, one: PolicyCase): CaseResult {
  const verdict = decideCase(decider, one);
  const differences = differencesOf(verdict, one.expect);
  return { name: one.name, passed: differences.length === 0, differences, verdict };
}

/** The differences between a verdict and what was expected. */
export function differencesOf(
  verdict: PolicyVerdict,
  expected: Expectation,
): readonly CaseDifference[] {
  const found: CaseDifference[] = [];
  const { outcome, obligations, reasonCode, silent = [] } = expected;
  if (verdict.outcome !== outcome) {
    found.push({ part: 'outcome', expected: outcome, actual: verdict.outcome });
  }
  for (const part of ['triggered', 'indeterminate', 'shadow'] as const) {
    const actual = rulesThat(verdict, part);
    const wanted = expected[part] ?? [];
    if (!wanted.every((rule) => actual.includes(rule))) {
      found.push({ part, expected: wanted, actual });
    }
  }
  const spoke = verdict.rules.map(({ ruleId }) => ruleId);
  if (silent.some((rule) => spoke.includes(rule))) {
    found.push({ part: 'silent', expected: silent, actual: spoke });
  }
  if (obligations !== undefined && !sameObligations(obligations, verdict.obligations)) {
    found.push({ part: 'obligations', expected: obligations, actual: verdict.obligations });
  }
  if (reasonCode !== undefined && reasonCode !== verdict.reasonCode) {
    found.push({ part: 'reason_code', expected: reasonCode, actual: verdict.reasonCode });
  }
  return found;
}

function rulesThat(verdict: PolicyVerdict, finding: RuleFinding['finding']): readonly string[] {
  return verdict.rules.filter((rule) => rule.finding === finding).map(({ ruleId }) => ruleId);
}

function sameObligations(one: readonly Obligation[], other: readonly Obligation[]): boolean {
  const keys = (list: readonly Obligation[]): string => list.map(keyOf).sort().join('\n');
  return keys(one) === keys(other);
}

/** The order of types does not matter. */
function keyOf(obligation: Obligation): string {
  const types = 'types' in obligation ? obligation.types : undefined;
  return canonicalize(
    types === undefined ? obligation : { ...obligation, types: [...types].sort() },
  );
}
