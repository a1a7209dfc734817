import type { EvidenceContext, EvidenceReader } from '@spanforge/core-events';
import type { Projection } from '@spanforge/core-events/log';
import type { Envelope } from '@spanforge/core-signing';
import type { FindingType } from '@spanforge/detect';
import type { PolicyBundle } from '../bundle/bundle.js';
import type { BundleReader } from '../bundle/bundle-reader.js';
import type { ControlName } from '../bundle/controls.js';
import { parseBundle } from '../bundle/parse.js';
import type { BundleProblem } from '../bundle-problem.js';
import { PolicyError } from '../error.js';
import { activeBundle, readState } from './bundle-in-force.js';
import { type HistoryOptions, type HistoryPage, readHistory } from './lifecycle-history.js';
import type { LifecycleState } from './lifecycle-projection.js';
import { bundleInForce, enter, goBack, leave } from './lifecycle-rules.js';
import type { AttemptedChange, LifecycleWriter, StepOptions } from './lifecycle-writer.js';
import { promotedBundle } from './promoted-bundle.js';
import { lifecycleDrafts } from './records.js';
import type { TrustedSigners } from './signatures.js';
import { throwIfUnknownName } from './unknown-names.js';

/** How a bundle is put in force. */
export interface ActivateOptions extends StepOptions {
  /** `shadow`: beside the active bundle, from now on, without a say. `enforce` when absent. */
  readonly stage?: 'shadow' | 'enforce';
  /** Allows an older version. */
  readonly rollback?: boolean;
  /** Allows a bundle with another `policy_id` than the one in force; the record names that one. */
  readonly replace?: boolean;
  /** The bundle's signatures, over its canonical bytes, as `signBundle` makes them. */
  readonly envelope?: Envelope;
  /** Tools there are beside those the bundle declares: registered ones, those of manifests. */
  readonly tools?: readonly string[];
  /** Allows rules about tools that are neither declared nor among `tools`. */
  readonly allowUnknownTools?: boolean;
}

/** How a bundle is taken from one environment into another. */
export interface PromoteOptions extends StepOptions {
  readonly from: string;
  readonly to: string;
  readonly rollback?: boolean;
  /** Allows a policy with another id to be in force there now. */
  readonly replace?: boolean;
  /** Tools there are beside those the bundle declares, as for an activation. */
  readonly tools?: readonly string[];
  /** Allows rules about tools that are neither declared nor among `tools`. */
  readonly allowUnknownTools?: boolean;
  /** Signatures over the promoted bundle: its environment is another, and so are its bytes. */
  readonly envelope?: Envelope;
}

/** What an activation comes to. */
export interface ActivationReport {
  readonly environment: string;
  readonly policyId: string;
  readonly version: string;
  readonly digest: string;
  readonly stage: 'shadow' | 'enforce';
  /** RFC 3339: from when on it governs; a shadow decides beside the active bundle at once. */
  readonly governsFrom: string;
  /** False while that time is to come: what was in force until now stays so, or nothing is. */
  readonly inForce: boolean;
  /** Detector types that its rules redact by; empty for most. They need detectors to be wired. */
  readonly detectors: readonly FindingType[];
}

function activationReport(
  bundle: PolicyBundle,
  stage: 'shadow' | 'enforce',
  nowMs: number,
): ActivationReport {
  const { environment, policyId, version, digest, effectiveAt, effectiveAtMs } = bundle;
  const types = bundle.rules.flatMap(({ enabled, obligations }) =>
    enabled ? obligations.flatMap((one) => (one.kind === 'redact' ? (one.types ?? []) : [])) : [],
  );
  return {
    ...{ environment, policyId, version, digest, stage },
    governsFrom: effectiveAt,
    inForce: stage === 'enforce' && effectiveAtMs <= nowMs,
    detectors: [...new Set(types)].sort() as FindingType[],
  };
}

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
   * Going back twice goes back two writer. The signatures on record with the bundle are used again.
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

interface Parts {
  readonly context: EvidenceContext;
  /** Whose bundles these are, where it is one application's. */
  readonly application?: string | undefined;
  readonly clock: () => number;
  readonly controls?: readonly ControlName[];
  /** Shared with the projection. */
  readonly readBundle: BundleReader;
  readonly signers?: TrustedSigners | undefined;
  readonly reader: EvidenceReader;
  readonly writer: LifecycleWriter;
  readonly state: Projection<LifecycleState>;
}

/** Names of a bundle before it is known. */
const UNKNOWN = { policyId: 'unknown', version: 'unknown' };

export function createLifecycle(parts: Parts): PolicyLifecycle {
  const { writer, clock, reader, state, readBundle } = parts;
  const { tenant } = parts.context;
  const { application } = parts;
  const signers = parts.signers === undefined ? {} : { signers: parts.signers };
  const parseOptions = { controls: parts.controls ?? [] };
  /** The record of a step stands in the environment it is about. */
  const contextIn = (env: string, by: StepOptions): EvidenceContext => ({
    ...(by.context ?? parts.context),
    env,
  });

  async function check(
    read: () => PolicyBundle,
    digest: string | undefined,
    attempt: string,
    by: StepOptions,
  ): Promise<PolicyBundle> {
    try {
      const bundle = read();
      if (digest === undefined || bundle.digest === digest) return bundle;
      const message = 'the bundle is not the one that was digested';
      throw new PolicyError('POLICY_BUNDLE_INVALID', message);
    } catch (error) {
      if (!PolicyError.is(error)) throw error;
      const context = by.context ?? parts.context;
      return writer.recordAndThrow(
        context,
        { ...UNKNOWN, environment: context.env, application, attempt },
        error,
      );
    }
  }

  return {
    async loadBundle(value, by = {}) {
      const bundle = await check(() => parseBundle(value, parseOptions), undefined, 'load', by);
      await writer.append(
        lifecycleDrafts('loaded', bundle, contextIn(bundle.environment, by), { application }),
      );
      return bundle;
    },
    validate(value) {
      try {
        parseBundle(value, parseOptions);
        return [];
      } catch (error) {
        return PolicyError.is(error) ? error.problems : [NOT_READABLE];
      }
    },
    async activate(
      given,
      {
        stage = 'enforce',
        rollback = false,
        replace = false,
        envelope,
        tools = [],
        allowUnknownTools = false,
        ...by
      } = {},
    ) {
      // From its text: what is handed in may be any object that looks like a bundle.
      const read = () => (isText(given) ? readBundle(given.canonical) : parseBundle(undefined));
      const bundle = await check(read, given?.digest ?? '', 'activate', by);
      const context = contextIn(bundle.environment, by);
      const step = rollback ? 'rolled_back' : 'activated';
      const entry = { step, stage, rollback, replace, envelope } as const;
      return writer.change(
        context,
        { ...namesOf(bundle), application, stage, attempt: 'activate' },
        async (standing) => {
          const drafts = await enter(bundle, entry, standing, { context, ...signers });
          if (drafts.length > 0) throwIfUnknownName(bundle, { tools, allowUnknownTools });
          return { drafts, result: activationReport(bundle, stage, clock()) };
        },
      );
    },
    async deactivate(environment, { stage = 'enforce', ...by } = {}) {
      const context = contextIn(environment, by);
      const asked: AttemptedChange = {
        ...UNKNOWN,
        ...{ environment, application, stage, attempt: 'deactivate' },
      };
      await writer.change(context, asked, async (standing) => ({
        drafts: leave(standing, stage, context),
        result: undefined,
      }));
    },
    async promote({ from, to, ...given }) {
      const { rollback = false, replace = false, envelope, ...more } = given;
      const { tools = [], allowUnknownTools = false, ...by } = more;
      const context = contextIn(to, by);
      const asked: AttemptedChange = {
        ...UNKNOWN,
        environment: to,
        application,
        attempt: 'promote',
      };
      return writer.change(context, asked, async (standing) => {
        const source = bundleInForce(standing.historyIn(from), from, clock());
        const result = promotedBundle(source, to, parseOptions);
        const origin = { sourceEnvironment: from, sourceDigest: source.digest };
        const entry = { step: 'promoted', stage: 'enforce', rollback, replace, envelope } as const;
        const place = { context, ...signers };
        const drafts = await enter(result, { ...entry, source: origin }, standing, place);
        if (drafts.length > 0) throwIfUnknownName(result, { tools, allowUnknownTools });
        return { drafts, result };
      });
    },
    async rollback(environment, { version, ...by } = {}) {
      const context = contextIn(environment, by);
      const asked: AttemptedChange = { ...UNKNOWN, environment, application, attempt: 'rollback' };
      return writer.change(context, asked, async (standing) => {
        const { bundle, drafts } = goBack(standing, version, clock(), context);
        return { drafts, result: bundle };
      });
    },
    async active(environment) {
      return activeBundle(
        (await readState(state)).state,
        { tenant, environment, application },
        clock(),
      );
    },
    history: (environment, page) => readHistory(reader, { tenant, environment, application }, page),
  };
}

const NOT_READABLE: BundleProblem = Object.freeze({
  code: 'POLICY_NOT_PLAIN_DATA',
  path: '$',
  message: 'The value cannot be read.',
});

function namesOf({ policyId, version, environment, digest }: PolicyBundle) {
  return { policyId, version, environment, digest };
}

/** The bytes the digest is over; anything else a caller hands in is not looked at. */
function isText(bundle: PolicyBundle | undefined): bundle is PolicyBundle {
  try {
    JSON.parse(bundle?.canonical ?? '');
    return true;
  } catch {
    return false;
  }
}
