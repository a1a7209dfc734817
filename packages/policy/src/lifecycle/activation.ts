import type { Envelope } from '@spanforge/core-signing';
import type { FindingType } from '@spanforge/detect';
import type { PolicyBundle } from '../bundle/bundle.js';
import type { StepOptions } from './lifecycle-writer.js';

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

/** What the activation of a bundle at this time comes to. */
export function activationReport(
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
