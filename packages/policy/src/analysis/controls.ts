import type { PolicyBundle } from '../bundle/bundle.js';
import { type Control, controlKey } from '../bundle/controls.js';
import type { RuleSet } from './differences.js';
import { ruleTest } from './rule-test.js';
import type { Space } from './space.js';

/** Every control some rule of the bundles is about. */
export function controlsOf(...bundles: readonly PolicyBundle[]): readonly Control[] {
  const found = new Map<string, Control>();
  for (const { service, control } of bundles.flatMap((bundle) => bundle.rules)) {
    found.set(controlKey(service, control), { service, control });
  }
  return [...found.values()];
}

/** The enabled rules of a bundle for one control, in the order they are written. */
export function ruleSet(
  bundle: PolicyBundle,
  { service, control }: Control,
  space: Space,
): RuleSet {
  const asked = bundle.rules.filter(
    (rule) => rule.enabled && rule.service === service && rule.control === control,
  );
  return {
    strategy: bundle.strategy,
    rules: asked.map((rule) => ruleTest(rule, bundle.zone, space)),
    fallback: bundle.default ?? 'allow',
  };
}
