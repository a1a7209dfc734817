import type { PolicyBundle } from '../bundle/bundle.js';
import { parseBundle } from '../bundle/parse.js';
import type { BundleProblem } from '../bundle-problem.js';
import { PolicyError } from '../error.js';
import type { ActivateOptions, ActivationReport, PromoteOptions } from './activation.js';
import { activeBundle, readState } from './bundle-in-force.js';
import { type HistoryOptions, type HistoryPage, readHistory } from './lifecycle-history.js';
import {
  activateBundle,
  deactivateBundle,
  type LifecycleParts,
  loadBundle,
  promoteBundle,
  rollBack,
} from './lifecycle-steps.js';
import type { StepOptions } from './lifecycle-writer.js';

/** Which bundle governs where: each step is a record, and rejects when it is not taken. */
export interface PolicyLifecycle {
  /**
   * Checks a bundle and records that it was loaded, or that it was refused and why.
   *
   * @throws {PolicyError} `POLICY_BUNDLE_INVALID`, `POLICY_EVIDENCE_UNAVAILABLE`.
   */
  loadBundle(value: unknown, options?: StepOptions): Promise<PolicyBundle>;
  /** Everything wrong with a bundle, empty when it would load; records nothing, never throws. */
  validate(value: unknown): readonly BundleProblem[];
  /**
   * Puts a bundle in force in its environment from its `effective_at` on, once the record that
   * carries it is durable; until then, and after any refusal, the previous bundle stays. The bundle
   * that is active already is left as it is. With stage `shadow` the bundle decides beside the
   * active one at once, on record and without effect, until it is activated or deactivated there.
   * A refusal is recorded.
   *
   * @throws {PolicyError} `POLICY_VERSION_OLDER` (unless `rollback`), `POLICY_VERSION_REUSED` for
   *   other content under a version that was active before, `POLICY_BUNDLE_INVALID`,
   *   `POLICY_REPLACE_REQUIRED` (unless `replace`) where a policy with another id is in force,
   *   `POLICY_NAME_UNKNOWN` for a rule about a tool that is neither declared nor among `tools`, where
   *   either names any (unless `allowUnknownTools`), or about an environment spelled nearly as the
   *   bundle's,
   *   `POLICY_SIGNATURE_REQUIRED`, `POLICY_SIGNATURE_INVALID`, `POLICY_ACTIVATION_CONFLICT` when
   *   another process was faster, `POLICY_EVIDENCE_UNAVAILABLE`, `POLICY_STATE_UNAVAILABLE`.
   */
  activate(bundle: PolicyBundle, options?: ActivateOptions): Promise<ActivationReport>;
  /**
   * Takes the bundle of an environment out of force at once, or ends the shadow. Nothing governs
   * there afterwards: services decide by themselves.
   *
   * @throws {PolicyError} `POLICY_NOT_ACTIVE`, and as {@link activate} does.
   */
  deactivate(
    environment: string,
    options?: StepOptions & { readonly stage?: 'shadow' | 'enforce' },
  ): Promise<void>;
  /**
   * Puts the bundle in force in one environment in force in another, under the same version. The
   * record names the digest it came from.
   *
   * @throws {PolicyError} `POLICY_NOT_ACTIVE` where nothing is in force there, and as
   *   {@link activate} does.
   */
  promote(options: PromoteOptions): Promise<PolicyBundle>;
  /**
   * Goes back to the bundle in force before the last step, or to the last activation of a version.
   * Going back twice goes back two steps. The signatures on record with the bundle are used again.
   *
   * @throws {PolicyError} `POLICY_VERSION_UNKNOWN` where there is nothing to go back to, and as
   *   {@link activate} does.
   */
  rollback(
    environment: string,
    options?: StepOptions & { readonly version?: string },
  ): Promise<PolicyBundle>;
  /**
   * The bundle that governs an environment of the service's tenant now, or `undefined`.
   *
   * @throws {PolicyError} `POLICY_STATE_UNAVAILABLE` when the log, or what it says, cannot be read.
   */
  active(environment: string): Promise<PolicyBundle | undefined>;
  /**
   * The steps on record for an environment of the service's tenant, refusals among them.
   *
   * @throws {PolicyError} `POLICY_STATE_UNAVAILABLE`, `POLICY_OPTIONS_INVALID` for an invalid page.
   */
  history(environment: string, options?: HistoryOptions): Promise<HistoryPage>;
}

const NOT_READABLE: BundleProblem = Object.freeze({
  code: 'POLICY_NOT_PLAIN_DATA',
  path: '$',
  message: 'The value cannot be read.',
});

/** Creates the lifecycle of one tenant's bundles, or of one application's. */
export function createLifecycle(parts: LifecycleParts): PolicyLifecycle {
  const { clock, reader, state, application } = parts;
  const { tenant } = parts.context;
  return {
    loadBundle: (value, by) => loadBundle(parts, value, by),
    validate(value) {
      try {
        parseBundle(value, parts.parseOptions);
        return [];
      } catch (error) {
        return PolicyError.is(error) ? error.problems : [NOT_READABLE];
      }
    },
    activate: (bundle, options) => activateBundle(parts, bundle, options),
    deactivate: (environment, options) => deactivateBundle(parts, environment, options),
    promote: (options) => promoteBundle(parts, options),
    rollback: (environment, options) => rollBack(parts, environment, options),
    async active(environment) {
      const scope = { tenant, environment, application };
      return activeBundle((await readState(state)).state, scope, clock());
    },
    history: (environment, page) => readHistory(reader, { tenant, environment, application }, page),
  };
}
