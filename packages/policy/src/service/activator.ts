import {
  EventsError,
  type EvidenceContext,
  type RecordDraft,
  type Recorder,
} from '@spanforge/core-events';
import type { Projection } from '@spanforge/core-events/log';
import type { PolicyBundle } from '../bundle/bundle.js';
import type { Control } from '../bundle/controls.js';
import { parseBundle } from '../bundle/parse.js';
import { compareVersions } from '../bundle/version.js';
import { PolicyError, type PolicyErrorCode } from '../error.js';
import type { Activation, Activations } from './activations.js';
import { readState } from './answer.js';
import { lifecycleDrafts, type Refusal, refusalDraft } from './records.js';

/** The administrative half of the service: each step is a record, and rejects when it is not taken. */
export interface Activator {
  /**
   * Checks a bundle and records that it was loaded, or that it was refused and why.
   *
   * @throws {PolicyError} `POLICY_BUNDLE_INVALID`, `POLICY_EVIDENCE_UNAVAILABLE`.
   */
  loadBundle(value: unknown): Promise<PolicyBundle>;
  /**
   * Puts a bundle in force in its environment from its `effective_at` on, once the record that
   * carries it is durable; until then, and after any refusal, the previous bundle stays. The bundle
   * that is active already is left as it is. A refusal is recorded.
   *
   * @throws {PolicyError} `POLICY_VERSION_OLDER` (unless `rollback`), `POLICY_VERSION_REUSED` for
   *   other content under the active version, `POLICY_BUNDLE_INVALID`, `POLICY_ACTIVATION_CONFLICT`
   *   when another process was faster, `POLICY_EVIDENCE_UNAVAILABLE`, `POLICY_STATE_UNAVAILABLE`.
   */
  activate(bundle: PolicyBundle, options?: { readonly rollback?: boolean }): Promise<void>;
}

interface Parts {
  readonly recorder: Recorder;
  readonly context: EvidenceContext;
  readonly controls?: readonly Control[];
  readonly state: Projection<Activations>;
}

export function createActivator(parts: Parts): Activator {
  const { recorder, context, state } = parts;
  const options = { controls: parts.controls ?? [] };

  async function append(drafts: readonly RecordDraft[], claim?: string): Promise<void> {
    try {
      const join = claim === undefined ? {} : { claim };
      await (await recorder.append(drafts, join)).receipts;
    } catch (cause) {
      throw appendError(cause);
    }
  }

  /** The refusal is what the caller has to hear, even where it cannot be recorded. */
  async function refuse(refusal: Refusal, error: PolicyError): Promise<never> {
    await append([refusalDraft(refusal, context)]).catch(() => undefined);
    throw error;
  }

  async function check(value: unknown, digest: string | undefined): Promise<PolicyBundle> {
    try {
      const bundle = parseBundle(value, options);
      if (digest === undefined || bundle.digest === digest) return bundle;
      throw new PolicyError(
        'POLICY_BUNDLE_INVALID',
        'The bundle is not the one that was digested.',
      );
    } catch (error) {
      if (!PolicyError.is(error)) throw error;
      return refuse(refusalOf(error, unknownBundle(context)), error);
    }
  }

  return {
    async loadBundle(value) {
      const bundle = await check(value, undefined);
      await append(lifecycleDrafts('loaded', bundle, context));
      return bundle;
    },
    async activate(given, { rollback = false } = {}) {
      const bundle = await check(readCanonical(given), given.digest);
      await state.refresh().catch(() => undefined);
      const activations = (await readState(state)).byEnvironment.get(bundle.environment) ?? [];
      const last = activations.at(-1);
      if (last?.digest === bundle.digest && last.decider !== 'none') return;
      const code = versionFault(bundle, last, rollback);
      if (code !== undefined) {
        const error = new PolicyError(code, FAULTS[code], {
          details: { version: bundle.version, active: last?.version ?? '' },
        });
        return refuse(refusalOf(error, bundle), error);
      }
      const drafts = lifecycleDrafts(rollback ? 'rolled_back' : 'activated', bundle, context, {
        previousDigest: last?.digest,
        carry: true,
      });
      await append(drafts, `policy.activation/${bundle.environment}/${activations.length}`);
      await state.refresh().catch(() => undefined);
    },
  };
}

type VersionFault = 'POLICY_VERSION_OLDER' | 'POLICY_VERSION_REUSED';

const FAULTS: Readonly<Record<VersionFault, string>> = {
  POLICY_VERSION_OLDER: 'A newer version is active; going back has to be asked for.',
  POLICY_VERSION_REUSED: 'Another bundle is active under this version.',
};

function versionFault(
  bundle: PolicyBundle,
  last: Activation | undefined,
  rollback: boolean,
): VersionFault | undefined {
  if (last === undefined || rollback) return undefined;
  const order = compareVersions(bundle.version, last.version);
  if (order < 0) return 'POLICY_VERSION_OLDER';
  return order === 0 && bundle.digest !== last.digest ? 'POLICY_VERSION_REUSED' : undefined;
}

/** The bytes the digest is over; anything else a caller hands in is not looked at. */
function readCanonical({ canonical }: PolicyBundle): unknown {
  try {
    return JSON.parse(canonical);
  } catch {
    return undefined;
  }
}

function unknownBundle(context: EvidenceContext): Omit<Refusal, 'reason' | 'reasonCode'> {
  return { policyId: 'unknown', version: 'unknown', environment: context.env };
}

function refusalOf(
  error: PolicyError,
  { policyId, version, environment, digest }: Omit<Refusal, 'reason' | 'reasonCode'>,
): Refusal {
  const reasonCode: string = error.problems[0]?.code ?? error.code;
  const subject = { policyId, version, environment, reason: error.message, reasonCode };
  return digest === undefined ? subject : { ...subject, digest };
}

function appendError(cause: unknown): PolicyError {
  const taken = EventsError.is(cause) && cause.code === 'EVENTS_CLAIM_TAKEN';
  const code: PolicyErrorCode = taken
    ? 'POLICY_ACTIVATION_CONFLICT'
    : 'POLICY_EVIDENCE_UNAVAILABLE';
  const message = taken ? 'Another process was faster.' : 'The step could not be recorded.';
  return new PolicyError(code, message, { cause });
}
