import { readFileSync } from 'node:fs';
import type { PolicyBundle } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';

/** The example bundles of the repository, by their paths from its root. */
export const EXAMPLES = [
  'apps/examples/bundles/airline.yaml',
  'apps/examples/bundles/refunds.yaml',
  'apps/examples/bundles/refunds-candidate.yaml',
  'apps/reference/policy.yaml',
  'packages/policy/examples/deny-by-default.yaml',
  'packages/policy/examples/guide.yaml',
  'packages/policy/examples/refunds.yaml',
  'tooling/attacks/bundles/assistant.yaml',
] as const;

/** Reads an example. */
export function readExample(path: (typeof EXAMPLES)[number]): PolicyBundle {
  return parseBundleYaml(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
}
