import { compileBundle, PolicyError, parseBundle } from '@spanforge/policy';
import type { DraftRule } from './argument.js';
import { printable, review } from './comments.js';
import type { DraftRun } from './types.js';
import { type BundleParts, bundleData } from './write-bundle.js';

/** True for a name that a bundle can use for exactly one tool. */
export const isToolName = (name: string): boolean =>
  /^[\x21-\x7e]{1,256}$/.test(name) && !name.includes('*') && name !== '__proto__';

/**
 * Removes every rule that does not load or that triggers on its own evidence, and leaves a note for
 * review.
 */
export function settle(parts: BundleParts, runs: readonly DraftRun[]): BundleParts {
  const loading = parts.rules.filter((rule) => loads(rule, parts));
  const firing = firingRules({ ...parts, rules: loading }, runs);
  const rules = loading.filter(({ ruleId }) => !firing.has(ruleId));
  const kept = new Set(rules);
  const used = new Set(rules.flatMap(({ basis }) => (basis.kind === 'known' ? basis.facts : [])));
  const tools = parts.tools.map((tool) => {
    const dropped = tool.rules.filter((rule) => !kept.has(rule));
    const marks = dropped.map(({ ruleId, when }) =>
      review(`${ruleId} was left out: ${printable(when)} does not hold up`),
    );
    return { ...tool, comments: [...tool.comments, ...marks] };
  });
  return { ...parts, tools, rules, facts: parts.facts.filter(({ name }) => used.has(name)) };
}

function loads(rule: DraftRule, parts: BundleParts): boolean {
  try {
    const facts = parts.facts.filter(
      ({ name }) => rule.basis.kind === 'known' && rule.basis.facts.includes(name),
    );
    parseBundle(bundleData({ ...parts, facts, rules: [rule] }));
    return true;
  } catch (cause) {
    if (!PolicyError.is(cause)) throw cause;
    // Problems outside the rule are reported when the whole bundle is loaded.
    return cause.problems.every(
      ({ path }) => !path.startsWith('$.rules') && !path.startsWith('$.facts'),
    );
  }
}

function firingRules(parts: BundleParts, runs: readonly DraftRun[]): ReadonlySet<string> {
  const decider = compileBundle(parseBundle(bundleData(parts)));
  const firing = new Set<string>();
  for (const { calls } of runs) {
    for (const [at, { name, args }] of calls.entries()) {
      if (!isToolName(name)) continue;
      const earlier = calls
        .slice(0, at)
        .flatMap(({ name: tool, args, result }) =>
          result === undefined ? [] : [{ tool, args, result }],
        );
      const { rules } = decider.decide({
        service: 'sf_govern',
        control: 'tool_call',
        tool: name,
        args,
        calls: earlier,
        time: decider.bundle.effectiveAtMs,
      });
      for (const { ruleId } of rules) firing.add(ruleId);
    }
  }
  return firing;
}
