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

/** What {@link openGovernor} composes; everything that is left out has a safe default. */
export interface OpenGovernorOptions {
  /** The workspace folder that `spanforge init` made; `.spanforge` when absent. */
  readonly workspace?: string;
  /** Creates a missing workspace; without it, a missing workspace is an error. */
  readonly create?: InitOptions;
  /** Name of this program in the records; `governor` when absent. */
  readonly writer?: string;
  /** A bundle, or the YAML or JSON file it stands in. Activated when it is not in force yet. */
  readonly policy?: string | PolicyBundle;
  /**
   * The name of this application, where it has a policy of its own in the environment: then neither
   * takes the other's out of force.
   */
  readonly application?: string;
  /** Draws calls that are let through for review, for thresholds to be suggested; none when absent. */
  readonly auditSample?: AuditSample;
  /** Lets a bundle with another `policy_id` replace the one in force; `false` when absent. */
  readonly replacePolicy?: boolean;
  /** Files of agents' manifests; an agent without one is blocked. Without files, agents are not checked. */
  readonly scope?: string | readonly string[];
  /** A file of roles: `permissions` and `actors`. Without it, actors are not checked. */
  readonly rbac?: string;
  /** What becomes of a call where no bundle is in force; `block` when absent. */
  readonly unbundled?: 'allow' | 'block';
  /** `shadow` records decisions and lets every call run; `enforce` when absent. */
  readonly mode?: 'enforce' | 'shadow';
  /** ISO 3166-1 alpha-2 country whose national telephone numbers are recognised, such as `DE`. */
  readonly region?: string;
  /** Asked before the tool runs, after roles, manifest and policy. */
  readonly preflight?: readonly NamedControl[];
  /** Asked about a result, after the policy. */
  readonly postflight?: readonly NamedPostControl[];
  /** Told how each call went, beside OpenTelemetry. */
  readonly observe?: GovernObserver;
  /** What an agent may be told about a rule that refuses it; `metadata.tell_agent` of the rule when absent. */
  readonly adviceFor?: RuleAdviceFor;
  /** When a call that is refused over and over is no longer asked about; after 10 times when absent. */
  readonly refusals?: RefusalLimits;
  /** How many people have to approve a held call, in which roles, and who is asked next. */
  readonly reviewDemand?: ReviewDemandFor;
  /** Told of each held call, once its request is durable; `held.review.decided()` waits for the person. */
  readonly onHeld?: NonNullable<GovernorParts['onHeld']>;
  /** Records a span for each call whose tool ran, which release gates read; none when absent. */
  readonly spans?: SpanOptions;
  readonly clock?: Clock;
}
