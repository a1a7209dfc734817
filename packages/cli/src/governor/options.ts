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
import type { AuditSample, PolicyBundle } from '@spanforge/policy';
import type { InitOptions } from '../workspace/workspace.js';

/** Options of {@link openGovernor}; every one that is left out has a safe default. */
export interface OpenGovernorOptions {
  /** The workspace folder that `spanforge init` made; default `.spanforge`. */
  readonly workspace?: string;
  /** Creates a missing workspace; without it, a missing workspace is an error. */
  readonly create?: InitOptions;
  /** Name of this program in the records; default `governor`. */
  readonly writer?: string;
  /** A bundle, or the path of its YAML or JSON file. Activated if it is not in force yet. */
  readonly policy?: string | PolicyBundle;
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
  /**
   * Called for each held call, once its request is durable; `held.review.decided()` waits for the
   * decision.
   */
  readonly onHeld?: NonNullable<GovernorParts['onHeld']>;
  /** Records a span for each call whose tool ran, for release gates; default none. */
  readonly spans?: SpanOptions;
  readonly clock?: Clock;
}
