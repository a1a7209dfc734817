import type { Clock } from '@spanforge/core-events';
import type {
  GovernObserver,
  GovernorParts,
  NamedControl,
  NamedPostControl,
  RefusalLimits,
  ReviewDemandFor,
  RuleAdviceFor,
  SpanOptions,
} from '@spanforge/govern';
import type { AuditSample, BundleSource, PolicyBundle } from '@spanforge/policy';
import { CliError } from '../error.js';
import type { InitOptions } from '../workspace/workspace.js';

/** Options of {@link openGovernor}; every one that is left out has a safe default. */
export interface OpenGovernorOptions {
  /** The workspace folder that `spanforge init` made; default `.spanforge`. */
  readonly workspace?: string;
  /** Creates a missing workspace; without it, a missing workspace is an error. */
  readonly create?: InitOptions;
  /** Name of this program in the records; default `governor`. */
  readonly writer?: string;
  /** A bundle, parsed or as written, or the path of its YAML or JSON file. Activated if it is not in force yet. */
  readonly policy?: string | PolicyBundle | BundleSource;
  /**
   * The name of this application, if it has a policy of its own in the environment: then neither
   * replaces the other's.
   */
  readonly application?: string;
  /**
   * Selects a sample of allowed calls for review, from which thresholds can be suggested; default
   * none.
   */
  readonly auditSample?: AuditSample;
  /** Lets a bundle with another `policy_id` replace the one in force; default `false`. */
  readonly replacePolicy?: boolean;
  /**
   * Files of agents' manifests; an agent without one is blocked. Without files, agents are not
   * checked.
   */
  readonly scope?: string | readonly string[];
  /** A file of roles: `permissions` and `actors`. Without it, actors are not checked. */
  readonly rbac?: string;
  /** The decision about a call if no bundle is in force; default `block`. */
  readonly unbundled?: 'allow' | 'block';
  /** `shadow` records decisions and lets every call run; default `enforce`. */
  readonly mode?: 'enforce' | 'shadow';
  /** ISO 3166-1 alpha-2 country whose national telephone numbers are recognised, such as `DE`. */
  readonly region?: string;
  /** Controls asked before the tool runs, after roles, manifest and policy. */
  readonly preflight?: readonly NamedControl[];
  /** Controls asked about a result, after the policy. */
  readonly postflight?: readonly NamedPostControl[];
  /** Called with the course of each call, in addition to OpenTelemetry. */
  readonly observe?: GovernObserver;
  /**
   * What an agent may be told about a rule that refuses it; default `metadata.tell_agent` of the
   * rule.
   */
  readonly adviceFor?: RuleAdviceFor;
  /** After how many refusals a repeated call is refused without a new decision; default 10. */
  readonly refusals?: RefusalLimits;
  /** How many people must approve a held call, in which roles, and to whom it is escalated. */
  readonly reviewDemand?: ReviewDemandFor;
  /** Milliseconds for which a review, and its approval, counts; default 24 hours. */
  readonly reviewTtlMs?: number;
  /**
   * Called for each held call, once its request is durable; `held.review.decided()` waits for the
   * decision.
   */
  readonly onHeld?: NonNullable<GovernorParts['onHeld']>;
  /** Records a span for each call whose tool ran, for release gates; default none. */
  readonly spans?: SpanOptions;
  readonly clock?: Clock;
}

const NAMES: Readonly<Record<keyof OpenGovernorOptions, true>> = {
  ...{ workspace: true, create: true, writer: true, policy: true, application: true },
  ...{ auditSample: true, replacePolicy: true, scope: true, rbac: true, unbundled: true },
  ...{ mode: true, region: true, preflight: true, postflight: true, observe: true },
  ...{ adviceFor: true, refusals: true, reviewDemand: true, reviewTtlMs: true, onHeld: true },
  ...{ spans: true, clock: true },
};

/**
 * A misspelt option would leave out a control that somebody counts on.
 *
 * @throws {CliError} `CLI_USAGE` for options that are not an object, or for an option that does not exist.
 */
export function checkOpenOptions(options: OpenGovernorOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new CliError('CLI_USAGE', 'the options of openGovernor are not an object');
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(NAMES, name));
  if (unknown === undefined) return;
  const known = Object.keys(NAMES).sort().join(', ');
  throw new CliError(
    'CLI_USAGE',
    `openGovernor has no option ${JSON.stringify(unknown)}; there are: ${known}`,
  );
}
