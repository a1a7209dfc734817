import type { PolicyBundle } from '@spanforge/policy';
import { type MutableBundle, type Mutant, writtenBundle } from './mutant.js';
import { mutateRule } from './mutate-rule.js';

/**
 * Every bundle that differs from one in a single place, in the order in which it is written.
 * Disabled rules are not changed. Disabling a rule is the same as dropping it, so only one of these
 * is made.
 */
export function mutantsOf(bundle: PolicyBundle): readonly Mutant[] {
  const written = writtenBundle(bundle);
  const ofRules = bundle.rules.flatMap((rule, at): readonly Mutant[] => {
    const own = written.rules[at];
    if (own === undefined || !rule.enabled) return [];
    const { ruleId } = rule;
    const changed = mutateRule(rule, own).map(({ written: mutated, ...rest }) => ({
      ...rest,
      ruleId,
      written: { ...written, rules: written.rules.with(at, mutated) },
    }));
    const off = written.rules.with(at, { ...own, enabled: false });
    const dropped: Mutant = {
      operator: 'drop_rule',
      ruleId,
      change: 'the rule is left out',
      written: { ...written, rules: off },
    };
    return [dropped, ...changed];
  });
  return [...ofRules, ...looserFacts(written), ...otherDefault(written)];
}

/** A fact that is taken from any call, instead of only from calls about the same thing. */
function looserFacts(written: MutableBundle): readonly Mutant[] {
  return Object.entries(written.facts ?? {}).flatMap(([name, fact]) => {
    const matches = (fact.for ?? {}) as Readonly<Record<string, unknown>>;
    return Object.keys(matches).map((argument): Mutant => {
      const { [argument]: _dropped, ...kept } = matches;
      const { for: _for, ...rest } = fact;
      const looser = Object.keys(kept).length === 0 ? rest : { ...rest, for: kept };
      return {
        operator: 'loosen_fact',
        change: `the fact ${name} is taken whatever its call's ${argument} was`,
        written: { ...written, facts: { ...written.facts, [name]: looser } },
      };
    });
  });
}

function otherDefault(written: MutableBundle): readonly Mutant[] {
  const { default: given, ...rest } = written;
  const [now, other] = given === 'block' ? ['block', 'absent'] : [given ?? 'absent', 'block'];
  const mutated = other === 'block' ? { ...rest, default: 'block' } : rest;
  return [
    {
      operator: 'swap_default',
      change: `the default, ${String(now)}, becomes ${other}`,
      written: mutated,
    },
  ];
}
