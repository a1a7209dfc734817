import { type Obligation, type Outcome, strictness } from '@spanforge/core-events';
import type { PolicyBundle } from '@spanforge/policy';
import {
  counts,
  covers,
  levelsOf,
  type Meant,
  masksOf,
  owes,
  type RuleTest,
  reaches,
  settles,
  upholds,
} from './rule-test.js';
import { either, negated, type Test } from './variable.js';

/** The rules of a bundle that can decide in one space, and its default. */
export interface RuleSet {
  readonly strategy: PolicyBundle['strategy'];
  readonly rules: readonly RuleTest[];
  readonly fallback: Outcome;
  /** What the default redacts. */
  readonly fallbackMasks: readonly Obligation[];
}

/** One way in which one bundle can be stricter than another: tests that all hold where it is. */
export interface BundleDifference {
  /** The rule that makes it stricter; its default when absent. */
  readonly ruleId?: string;
  readonly tests: readonly Test[];
}

/**
 * Every way in which one rule set can be stricter than another. The list is complete: if none of them
 * can happen, it is stricter for no request.
 *
 * An outcome comes from a rule that counts or from the default, an obligation from a rule; so it is
 * enough to check for each of them whether the other side can lack an equal.
 */
export function differences(strict: RuleSet, loose: RuleSet): readonly BundleDifference[] {
  const same = new Map(loose.rules.map((test) => [test.words, test.rule]));
  const found = strict.rules.flatMap((test, index) => {
    // Most rules of a new version are unchanged and need no search.
    const kept = loose.strategy === 'strictest' ? same.get(test.words) : undefined;
    if (kept !== undefined && upholds(kept, test.rule)) return [];
    const before = strict.strategy === 'first_match' ? strict.rules.slice(0, index) : [];
    return differencesOf(test, before.map(settles).map(negated), loose);
  });
  if (strict.fallback === 'allow') return found;
  const unsettled = strict.rules.map(settles).map(negated);
  const masked = strict.fallbackMasks.map((mask) => ({
    tests: [...unsettled, ...lacks(loose, mask)],
  }));
  return [...found, { tests: [...unsettled, ...staysUnder(loose, strict.fallback)] }, ...masked];
}

/** What one rule can contribute that the other side lacks. */
export function differencesOf(
  test: RuleTest,
  reached: readonly Test[],
  loose: RuleSet,
): readonly BundleDifference[] {
  const { ruleId } = test.rule;
  const { held, unknown } = levelsOf(test.rule);
  const counted = (level: Outcome, meant: Meant): readonly BundleDifference[] =>
    level === 'allow'
      ? []
      : [{ ruleId, tests: [counts(test, meant), ...reached, ...staysUnder(loose, level)] }];
  const outcomes =
    held === unknown
      ? counted(held, { held: true, unknown: true })
      : [
          ...counted(held, { held: true, unknown: false }),
          ...counted(unknown, { held: false, unknown: true }),
        ];
  const masks = masksOf(test.rule);
  const owedWhen = (hidden: readonly Obligation[], meant?: Meant) =>
    hidden.map((obligation) => ({
      ruleId,
      tests: [counts(test, meant), ...reached, ...lacks(loose, obligation)],
    }));
  const owed =
    masks.held === masks.unknown
      ? owedWhen(masks.held)
      : [
          ...owedWhen(masks.held, { held: true, unknown: false }),
          ...owedWhen(masks.unknown, { held: false, unknown: true }),
        ];
  return [...outcomes, ...owed];
}

/** Tests under which a rule set stays looser than an outcome. */
function staysUnder(set: RuleSet, outcome: Outcome): readonly Test[] {
  const falls = strictness(set.fallback) >= strictness(outcome);
  return none(set, (test) => reaches(test, outcome), falls);
}

/** Tests under which a call can run without an obligation; a blocked call has none. */
function lacks(set: RuleSet, owed: Obligation): readonly Test[] {
  const falls = set.fallbackMasks.some((mask) => covers(mask, owed));
  return [...staysUnder(set, 'block'), ...none(set, (test) => owes(test, owed), falls)];
}

/** Tests under which no evaluated rule does something, nor the default when it applies. */
function none(
  { strategy, rules }: RuleSet,
  does: (test: RuleTest) => Test | undefined,
  falls: boolean,
): readonly Test[] {
  if (strategy === 'strictest') {
    const silent = rules.flatMap((test) => does(test) ?? []).map(negated);
    return falls ? [...silent, either(rules.map(settles))] : silent;
  }
  const steps = rules.map((test) => ({ does: does(test), settles: settles(test) }));
  return [
    (assignment) => {
      for (const step of steps) {
        const done = step.does?.(assignment) ?? false;
        if (done !== false) return done === true ? false : done;
        const settled = step.settles(assignment);
        if (settled !== false) return settled;
      }
      return !falls;
    },
  ];
}
