import type { EvidenceContext, RecordDraft } from '@spanforge/core-events';
import type { Envelope } from '@spanforge/core-signing';
import type { PolicyBundle } from '../bundle/bundle.js';
import { PolicyError, type PolicyErrorCode } from '../error.js';
import {
  type Activation,
  type ActivationHistory,
  inForce,
  isReadable,
  rollbackTarget,
  versionFault,
} from './activation-history.js';
import type { ChangeBasis } from './lifecycle-writer.js';
import { lifecycleDrafts, type StepDetails } from './records.js';
import { checkSignatures, type TrustedSigners } from './signatures.js';

/** A bundle to be activated, and how. */
export interface BundleEntry {
  readonly step: 'activated' | 'promoted' | 'rolled_back';
  readonly stage: 'shadow' | 'enforce';
  readonly rollback: boolean;
  /** Whether it may replace a policy with another id. */
  readonly replace: boolean;
  readonly envelope?: Envelope | undefined;
  readonly source?: Pick<StepDetails, 'sourceEnvironment' | 'sourceDigest'>;
}

const MESSAGES: Readonly<Partial<Record<PolicyErrorCode, string>>> = {
  POLICY_VERSION_OLDER: 'a newer version is active; to go back, ask for a rollback',
  POLICY_VERSION_REUSED: 'another bundle was active under this version',
  POLICY_VERSION_UNKNOWN: 'there is no such bundle to go back to',
  POLICY_NOT_ACTIVE: 'no bundle is active there',
  POLICY_REPLACE_REQUIRED:
    'a policy with another id is in force there; to take its place, ask for it (replace)',
};

function refusalError(
  code: PolicyErrorCode,
  details: Readonly<Record<string, string>>,
): PolicyError {
  return new PolicyError(code, MESSAGES[code] ?? code, { details });
}

/**
 * The records that put a bundle in force; none when it already is.
 *
 * @throws {PolicyError} when its version or its signatures do not allow it.
 */
export async function enter(
  bundle: PolicyBundle,
  entry: BundleEntry,
  { history, stateSize, scope }: ChangeBasis,
  { context, signers }: { readonly context: EvidenceContext; readonly signers?: TrustedSigners },
): Promise<readonly RecordDraft[]> {
  const { step, stage, source, envelope, rollback, replace } = entry;
  const before = stage === 'shadow' ? history.shadow : history.active.at(-1);
  if (before !== undefined && before.digest === bundle.digest && isReadable(before)) return [];
  const fault = stage === 'enforce' ? versionFault(bundle, history, rollback) : undefined;
  if (fault !== undefined) {
    throw refusalError(fault, { version: bundle.version, active: before?.version ?? '' });
  }
  const replaced = stage === 'enforce' ? otherPolicy(before, bundle) : undefined;
  if (replaced !== undefined && !replace) {
    throw refusalError('POLICY_REPLACE_REQUIRED', { active: replaced, policyId: bundle.policyId });
  }
  const signatures = await checkSignatures(envelope, bundle, signers);
  return lifecycleDrafts(step, bundle, context, {
    stage,
    application: scope.application,
    ...digestOf(before),
    ...source,
    ...(replaced === undefined ? {} : replacing(replaced)),
    signatures,
    stateSize,
    carry: true,
  });
}

const replacing = (policyId: string): Pick<StepDetails, 'reason' | 'reasonCode'> => ({
  reason: `Takes the place of policy "${policyId}", as asked for.`,
  reasonCode: 'replaces_other_policy',
});

/** The id of the policy in force, when it differs from the bundle's. */
function otherPolicy(
  before: Activation | undefined,
  { policyId }: PolicyBundle,
): string | undefined {
  if (before === undefined || !isReadable(before) || before.policyId === policyId) return undefined;
  return before.policyId;
}

const digestOf = (before: Activation | undefined): Pick<StepDetails, 'previousDigest'> =>
  before === undefined || before.digest === '' ? {} : { previousDigest: before.digest };

/** The records of a rollback. @throws {PolicyError} `POLICY_VERSION_UNKNOWN`. */
export function goBack(
  { history, stateSize, scope }: ChangeBasis,
  version: string | undefined,
  nowMs: number,
  context: EvidenceContext,
): { readonly bundle: PolicyBundle; readonly drafts: readonly RecordDraft[] } {
  const target = rollbackTarget(history, nowMs, version);
  if (target === undefined) {
    const { environment } = scope;
    throw refusalError('POLICY_VERSION_UNKNOWN', { environment, version: version ?? 'previous' });
  }
  const { bundle } = target.decider;
  const before = history.active.at(-1);
  if (before?.digest === bundle.digest && isReadable(before)) return { bundle, drafts: [] };
  const drafts = lifecycleDrafts('rolled_back', bundle, context, {
    application: scope.application,
    ...digestOf(before),
    // Verified when they were read from the log.
    signatures: target.signatures,
    stateSize,
    carry: true,
  });
  return { bundle, drafts };
}

/** The records that deactivate the bundle in force, or the candidate in shadow. @throws {PolicyError} `POLICY_NOT_ACTIVE`. */
export function leave(
  { history, stateSize, scope }: ChangeBasis,
  stage: 'shadow' | 'enforce',
  context: EvidenceContext,
): readonly RecordDraft[] {
  const before = stage === 'shadow' ? history.shadow : history.active.at(-1);
  const { environment } = scope;
  if (before === undefined || before.decider === 'none') {
    throw refusalError('POLICY_NOT_ACTIVE', { environment });
  }
  const { policyId, digest } = before;
  const version = before.version === '' ? 'unknown' : before.version;
  const subject = { policyId, version, environment, digest };
  return lifecycleDrafts('deactivated', subject, context, {
    stage,
    application: scope.application,
    ...digestOf(before),
    stateSize,
  });
}

/** The bundle to promote. @throws {PolicyError} `POLICY_NOT_ACTIVE`, `POLICY_STATE_UNAVAILABLE`. */
export function bundleInForce(
  history: ActivationHistory,
  environment: string,
  nowMs: number,
): PolicyBundle {
  const found = inForce(history, nowMs);
  if (found === undefined || found.decider === 'none') {
    throw refusalError('POLICY_NOT_ACTIVE', { environment });
  }
  if (isReadable(found)) return found.decider.bundle;
  throw new PolicyError('POLICY_STATE_UNAVAILABLE', 'this process cannot read the active bundle', {
    details: { environment },
  });
}
