import type { BundleProblem } from './bundle-problem.js';

/** Every code a {@link PolicyError} can carry. */
export type PolicyErrorCode =
  | 'POLICY_BUNDLE_INVALID'
  | 'POLICY_VERSION_OLDER'
  | 'POLICY_VERSION_REUSED'
  | 'POLICY_VERSION_UNKNOWN'
  | 'POLICY_NAME_UNKNOWN'
  | 'POLICY_NOT_ACTIVE'
  | 'POLICY_REPLACE_REQUIRED'
  | 'POLICY_SIGNATURE_REQUIRED'
  | 'POLICY_SIGNATURE_INVALID'
  | 'POLICY_ACTIVATION_CONFLICT'
  | 'POLICY_DECISION_UNKNOWN'
  | 'POLICY_REVIEW_INVALID'
  | 'POLICY_OPTIONS_INVALID'
  | 'POLICY_EVIDENCE_UNAVAILABLE'
  | 'POLICY_STATE_UNAVAILABLE'
  | 'POLICY_CANARY_INVALID'
  | 'POLICY_CANARY_CONFLICT'
  | 'POLICY_CASES_INVALID'
  | 'POLICY_DRAFT_INVALID'
  | 'POLICY_CALIBRATION_INVALID';

/** Plain identifiers that say what an error is about. */
export type PolicyErrorDetails = Readonly<Record<string, string | number | boolean>>;

const BRAND = Symbol.for('spanforge.policy.error');

/** A bundle that cannot be loaded, or an administrative step that was not taken. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code: PolicyErrorCode;
  readonly details: PolicyErrorDetails;
  /** Everything wrong with a bundle, in the order it is written; empty for other codes. */
  readonly problems: readonly BundleProblem[];

  constructor(
    code: PolicyErrorCode,
    message: string,
    options: {
      readonly details?: PolicyErrorDetails;
      readonly problems?: readonly BundleProblem[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.problems = options.problems ?? [];
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether a value is a policy error, from this copy of the package or another. */
  static is(value: unknown): value is PolicyError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
