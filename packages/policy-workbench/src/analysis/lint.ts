import { formatPath } from '@spanforge/core-signing';
import type { PolicyBundle } from '@spanforge/policy';
import type { LocateProblem } from '@spanforge/policy/internal';
import { readYaml } from '@spanforge/policy/internal-yaml';
import { controlsOf, ruleSet } from './controls.js';
import { type Found, type LintFinding, rulePath } from './finding.js';
import { impossibleValues, otherEnvironments } from './lint-constants.js';
import { withoutEffect } from './lint-cover.js';
import {
  argumentsOfNoTool,
  duplicateConditions,
  expiredShadows,
  toolsWithoutRule,
  undeclaredTools,
} from './lint-names.js';
import { type CanHold, constantTruth } from './lint-truth.js';
import { type Budget, search } from './search.js';
import { createSpace, type Space } from './space.js';

/** Options of a lint. */
export interface LintOptions {
  /** Epoch milliseconds, for finding ended shadow stages; without it these are not looked for. */
  readonly time?: number;
  /** The YAML or JSON the bundle was read from: findings then have lines and columns. */
  readonly text?: string;
  /** Named in findings. */
  readonly file?: string;
  /** Tests of a rule under a partial request, over all searches; default 5,000,000. */
  readonly maxSteps?: number;
}

/**
 * Finds dead, shadowed, contradictory and otherwise doubtful rules, in the order they are written.
 *
 * Findings about what rules match are proven for all requests; disabled rules are ignored. Code
 * `unknown` marks what could not be analysed. Reads no clock.
 *
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID` when `text` is neither YAML nor JSON.
 */
export function lintBundle(
  bundle: PolicyBundle,
  options: LintOptions = {},
): readonly LintFinding[] {
  const { text, file, time, maxSteps = 5_000_000 } = options;
  const locate = text === undefined ? undefined : readYaml(text, file).locate;
  const budget: Budget = { steps: maxSteps };
  const proven = controlsOf(bundle).flatMap((control) => {
    const space = createSpace({ ...control, time: bundle.effectiveAtMs });
    const set = ruleSet(bundle, control, space);
    const canHold = prover(budget, space);
    const constant = set.rules.flatMap((test) => constantTruth(bundle, test, canHold));
    return [...constant, ...withoutEffect(bundle, set, canHold)];
  });
  const explained = new Set(
    proven.flatMap(({ code, ruleIds }) => (NEVER.has(code) ? ruleIds[0] : [])),
  );
  const found = [
    ...proven,
    ...duplicateConditions(bundle).filter(({ ruleIds }) => !explained.has(ruleIds[0])),
    ...undeclaredTools(bundle),
    ...argumentsOfNoTool(bundle),
    ...impossibleValues(bundle),
    ...otherEnvironments(bundle),
    ...toolsWithoutRule(bundle),
    ...expiredShadows(bundle, time),
    ...notSeen(bundle, budget),
  ];
  return found.sort(byRule).map((one) => placed(one, file, locate));
}

/** Codes of rules that have no effect at all. */
const NEVER: ReadonlySet<string> = new Set([
  'unreachable',
  'shadowed',
  'conflicting',
  'allow_without_effect',
]);

/** Only a search that ends with `none` proves that tests cannot all hold. */
function prover(budget: Budget, space: Space): CanHold {
  return (...tests) => search([...tests, ...space.ties()], budget, () => true) !== 'none';
}

function notSeen(bundle: PolicyBundle, { steps }: Budget): readonly Found[] {
  const opaque = bundle.rules.filter(
    ({ enabled, when }) => enabled && when !== undefined && when.fragment === undefined,
  );
  const found: Found[] = opaque.map(({ ruleId }) => ({
    code: 'unknown',
    ruleIds: [ruleId],
    path: rulePath(bundle, ruleId, 'when'),
    message: 'The condition cannot be analysed; what hangs on it is not judged.',
  }));
  if (steps > 0) return found;
  const message = 'There is more to tell apart than steps; not everything was judged.';
  return [...found, { code: 'unknown', ruleIds: [], path: ['rules'], message }];
}

function byRule(one: Found, other: Found): number {
  const position = ({ path: [root, index] }: Found): number =>
    root === 'rules' && typeof index === 'number' ? index : Number.MAX_SAFE_INTEGER;
  return position(one) - position(other);
}

function placed(
  found: Found,
  file: string | undefined,
  locate: LocateProblem | undefined,
): LintFinding {
  const position = locate?.(found.path, 'value');
  return {
    ...found,
    path: formatPath(found.path),
    ...(file === undefined ? {} : { file }),
    ...position,
  };
}
