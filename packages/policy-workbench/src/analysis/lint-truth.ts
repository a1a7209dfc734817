import type { PolicyBundle, PolicyRule } from '@spanforge/policy';
import { type Found, rulePath } from './finding.js';
import { meets, type RuleTest } from './rule-test.js';
import { numbersAround } from './values.js';
import type { Test } from './variable.js';

/** Whether tests can hold together, as far as a search can tell. */
export type CanHold = (...tests: readonly Test[]) => boolean;

/** Finds a condition or threshold with the same truth value for every request inside the rule's target. */
export function constantTruth(
  bundle: PolicyBundle,
  test: RuleTest,
  canHold: CanHold,
): readonly Found[] {
  const about = thresholdTruth(test.rule) ?? conditionTruth(test, canHold);
  if (about === undefined) return [];
  const { part, always } = about;
  const { ruleId } = test.rule;
  const code = always ? 'always_true' : 'always_false';
  const name = part === 'when' ? 'condition' : part;
  const message = `Inside its target, the ${name} is never ${!always}.`;
  return [{ code, ruleIds: [ruleId], path: rulePath(bundle, ruleId, part), message }];
}

interface ConstantTruth {
  readonly part: 'when' | 'threshold';
  readonly always: boolean;
}

function conditionTruth(test: RuleTest, canHold: CanHold): ConstantTruth | undefined {
  const { rule, target, threshold, when } = test;
  if (rule.when === undefined) return undefined;
  // A service observes nothing outside its range, so a threshold with a range is taken as true, never indeterminate.
  const inside = [
    notFalse(target),
    rule.range === undefined ? notFalse(threshold) : isExactly(threshold, true),
  ];
  if (!canHold(...inside, isExactly(when, true))) return { part: 'when', always: false };
  return canHold(...inside, isExactly(when, false)) ? undefined : { part: 'when', always: true };
}

/** The kind of value that services observe for the documented controls; other controls observe none. */
const OBSERVED: ReadonlyMap<string, 'ratio' | 'either'> = new Map([
  ['sf_scope', 'either'],
  ['sf_rbac', 'either'],
  ['sf_rag', 'ratio'],
  ['sf_explain', 'ratio'],
  ['sf_validate', 'ratio'],
]);

function thresholdTruth({ service, threshold, comparator }: PolicyRule): ConstantTruth | undefined {
  const observed = OBSERVED.get(service);
  if (threshold === undefined || observed === undefined) return undefined;
  const values =
    observed === 'either'
      ? [0, 1]
      : numbersAround([0, 1, threshold]).filter((value) => value >= 0 && value <= 1);
  const met = values.filter((value) => meets(value, comparator, threshold)).length;
  if (met > 0 && met < values.length) return undefined;
  return { part: 'threshold', always: met > 0 };
}

/** True where a test is true or indeterminate. */
function notFalse(test: Test): Test {
  return (assignment) => {
    const truth = test(assignment);
    return truth === 'unknown' ? true : truth;
  };
}

function isExactly(test: Test, wanted: boolean): Test {
  return (assignment) => {
    const truth = test(assignment);
    return typeof truth === 'object' ? truth : truth === wanted;
  };
}
