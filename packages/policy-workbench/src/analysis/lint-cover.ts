import { strictness } from '@spanforge/core-events';
import type { PolicyBundle } from '@spanforge/policy';
import { differences, differencesOf, type RuleSet } from './differences.js';
import { type Found, rulePath } from './finding.js';
import type { CanHold } from './lint-truth.js';
import { counts, type RuleTest, settles } from './rule-test.js';
import { negated, type Test } from './variable.js';

/** Rules of one control that never decide anything. */
export function withoutEffect(
  bundle: PolicyBundle,
  set: RuleSet,
  canHold: CanHold,
): readonly Found[] {
  return set.strategy === 'first_match'
    ? set.rules.flatMap((_, index) => unreachable(bundle, set.rules, index, canHold))
    : redundant(bundle, set, canHold);
}

function unreachable(
  bundle: PolicyBundle,
  rules: readonly RuleTest[],
  index: number,
  canHold: CanHold,
): readonly Found[] {
  const test = rules[index];
  if (test === undefined) return [];
  const before = rules.slice(0, index);
  const says = counted(test);
  if (canHold(says, ...before.map(settles).map(negated))) return [];
  const one = before.find((earlier) => !canHold(says, negated(settles(earlier))));
  const by =
    one === undefined ? 'rules before it always decide' : `"${one.rule.ruleId}" always decides`;
  return [finding(bundle, 'unreachable', test, one, `It is never asked: ${by}.`)];
}

/**
 * Rules that can all be removed without changing any verdict; checked from the last to the first, so
 * that of two equal rules the later is named.
 */
function redundant(bundle: PolicyBundle, set: RuleSet, canHold: CanHold): readonly Found[] {
  const found: Found[] = [];
  let rules = set.rules;
  for (const test of [...set.rules].reverse()) {
    const rest = { ...set, rules: rules.filter((other) => other !== test) };
    if (changes(test, { ...set, rules }, rest, canHold)) continue;
    // Redundant only because another rule is removed too: it has an effect beside that rule, so it stays.
    const alone = { ...set, rules: set.rules.filter((other) => other !== test) };
    if (rules !== set.rules && changes(test, set, alone, canHold)) continue;
    rules = rest.rules;
    found.push(explain(bundle, test, rest, canHold));
  }
  return found.reverse();
}

/** Whether removing the rule changes any verdict, to a looser or to a stricter one. */
function changes(test: RuleTest, set: RuleSet, rest: RuleSet, canHold: CanHold): boolean {
  const lost = differencesOf(test, [], rest);
  const kept = differences(rest, set).filter(({ ruleId }) => ruleId === undefined);
  return [...lost, ...kept].some(({ tests }) => canHold(...tests));
}

function explain(bundle: PolicyBundle, test: RuleTest, rest: RuleSet, canHold: CanHold): Found {
  const opposed = rest.rules.find((other) => opposes(other, test, canHold));
  if (opposed !== undefined) {
    const message = `"${opposed.rule.ruleId}" matches the same and is stricter; this never shows.`;
    return finding(bundle, 'conflicting', test, opposed, message);
  }
  if (test.rule.action === 'allow') {
    const message = 'It keeps nothing stricter away; no verdict is another without it.';
    return finding(bundle, 'allow_without_effect', test, undefined, message);
  }
  const one = rest.rules.find((other) => {
    const alone: RuleSet = {
      strategy: 'strictest',
      rules: [other],
      fallback: 'allow',
      fallbackMasks: [],
    };
    return differencesOf(test, [], alone).every(({ tests }) => !canHold(...tests));
  });
  const by = one === undefined ? 'the rest of the bundle' : `"${one.rule.ruleId}"`;
  return finding(
    bundle,
    'shadowed',
    test,
    one,
    `Wherever it applies, ${by} is as strict or stricter.`,
  );
}

/** One has the stricter action, and both apply to the same requests. */
function opposes(strict: RuleTest, loose: RuleTest, canHold: CanHold): boolean {
  if (strictness(strict.rule.action) <= strictness(loose.rule.action)) return false;
  const [one, two] = [counted(strict), counted(loose)];
  return !canHold(one, negated(two)) && !canHold(two, negated(one));
}

function counted(test: RuleTest): Test {
  return counts(test, { held: true, unknown: true });
}

function finding(
  bundle: PolicyBundle,
  code: Found['code'],
  { rule }: RuleTest,
  other: RuleTest | undefined,
  message: string,
): Found {
  const ruleIds = [rule.ruleId, ...(other === undefined ? [] : [other.rule.ruleId])];
  return { code, ruleIds, path: rulePath(bundle, rule.ruleId), message };
}
