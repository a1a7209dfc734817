import type { PolicyRequest } from '@spanforge/core-events';
import {
  compileBundle,
  type ParseOptions,
  type PolicyBundle,
  PolicyError,
  type PolicyRule,
  parseBundle,
} from '@spanforge/policy';
import { comparedNumbers, SIDES } from './numbers.js';

/** On which sides of a number there are cases. */
export interface NumberCoverage {
  readonly ruleId: string;
  /** `observed lt 0.85`, or the comparison in the condition. */
  readonly comparison: string;
  readonly constant: number;
  readonly below: number;
  readonly at: number;
  readonly above: number;
  /** True if the comparison could not be evaluated on its own: then nothing is known. */
  readonly notAssessed: boolean;
}

interface Asked {
  readonly request: PolicyRequest;
  readonly counted: Readonly<Record<string, number>> | undefined;
}

/** Counts, for each number a rule compares with, the cases on each side of it. */
export function numberCoverage(
  bundle: PolicyBundle,
  rule: PolicyRule,
  reached: readonly Asked[],
  options: Pick<ParseOptions, 'controls'>,
): readonly NumberCoverage[] {
  return comparedNumbers(rule).map(({ ruleId, comparison, constant, probes }) => {
    const counts = SIDES.map((side) => countProbe(bundle, rule, probes[side], reached, options));
    const [below = 0, at = 0, above = 0] = counts;
    const notAssessed = counts.includes(undefined);
    return { ruleId, comparison, constant, below, at, above, notAssessed };
  });
}

/**
 * In how many requests a condition is true at the place of a rule; `undefined` if it does not load.
 */
function countProbe(
  bundle: PolicyBundle,
  rule: PolicyRule,
  when: string,
  reached: readonly Asked[],
  options: Pick<ParseOptions, 'controls'>,
): number | undefined {
  const { service, control, target, ruleId } = rule;
  const { rules: _rules, default: _default, ...head } = JSON.parse(bundle.canonical);
  const probe = { rule_id: ruleId, service, control, target, action: 'allow+log', when };
  try {
    const decider = compileBundle(parseBundle({ ...head, rules: [probe] }, options));
    const holds = ({ request, counted }: Asked): boolean =>
      decider
        .decide(decider.withFacts(request, counted))
        .rules.some(({ finding }) => finding === 'triggered');
    return reached.filter(holds).length;
  } catch (cause) {
    if (PolicyError.is(cause)) return undefined;
    throw cause;
  }
}
