import type { PolicyBundle, PolicyRule } from '@spanforge/policy';
import { unknownArguments } from '@spanforge/policy/internal';
import { type Found, rulePath } from './finding.js';
import { matchesAny, matchWords } from './rule-test.js';

/** Targets that name undeclared tools; none when the bundle declares no tools at all. */
export function undeclaredTools(bundle: PolicyBundle): readonly Found[] {
  const declared = Object.keys(bundle.tools);
  if (declared.length === 0) return [];
  return bundle.rules.flatMap(({ ruleId, target }) =>
    (target.tools ?? []).flatMap((pattern, index) => {
      if (declared.some((tool) => matchesAny([pattern], tool))) return [];
      const path = rulePath(bundle, ruleId, 'target', 'tools', index);
      const message = `The bundle declares no tool that "${pattern}" means.`;
      return [{ code: 'undeclared_tool', ruleIds: [ruleId], path, message } as const];
    }),
  );
}

/** Arguments that conditions read and that no declared tool of their rule has. */
export function argumentsOfNoTool(bundle: PolicyBundle): readonly Found[] {
  return unknownArguments(bundle).map(({ ruleId, argument, meant }) => {
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    const message = `No declared tool that this rule is about has "${argument}".${hint}`;
    const path = rulePath(bundle, ruleId, 'when');
    return { code: 'unknown_argument', ruleIds: [ruleId], path, message } as const;
  });
}

/** Declared tools to which no rule and no default applies. */
export function toolsWithoutRule(bundle: PolicyBundle): readonly Found[] {
  if (bundle.default !== undefined) return [];
  const about = (rule: PolicyRule, tool: string): boolean =>
    rule.enabled &&
    (rule.target.tools === undefined
      ? rule.service === 'sf_govern'
      : matchesAny(rule.target.tools, tool));
  return Object.keys(bundle.tools)
    .filter((tool) => !bundle.rules.some((rule) => about(rule, tool)))
    .map((tool) => ({
      code: 'tool_without_rule',
      ruleIds: [],
      path: ['tools', tool],
      message: `No rule is about "${tool}", and there is no default.`,
    }));
}

/** Rules whose shadow stage has ended by a given time, in epoch milliseconds. */
export function expiredShadows(bundle: PolicyBundle, time: number | undefined): readonly Found[] {
  return bundle.rules.flatMap(({ ruleId, enabled, shadowUntil }) => {
    if (!enabled || shadowUntil === undefined || time === undefined || time < shadowUntil)
      return [];
    const ended = new Date(shadowUntil).toISOString();
    const message = `Its shadow stage ended at ${ended}: the rule is enforced.`;
    const path = rulePath(bundle, ruleId, 'stage');
    return [{ code: 'expired_shadow', ruleIds: [ruleId], path, message } as const];
  });
}

/** Rules that differ only in their action; of three, the second and third name the first. */
export function duplicateConditions(bundle: PolicyBundle): readonly Found[] {
  const first = new Map<string, string>();
  return bundle.rules.flatMap((rule) => {
    if (!rule.enabled || (rule.when === undefined && rule.threshold === undefined)) return [];
    const key = matchWords(rule);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, rule.ruleId);
      return [];
    }
    return [
      {
        code: 'duplicate_condition',
        ruleIds: [rule.ruleId, earlier],
        path: rulePath(bundle, rule.ruleId, rule.when === undefined ? 'threshold' : 'when'),
        message: `It has the target and condition of "${earlier}"; one rule could say both.`,
      } as const,
    ];
  });
}
