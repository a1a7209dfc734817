import type { EvidenceContext, EvidenceReader, Outcome, Recorder } from '@spanforge/core-events';
import { canonicalize, sha256, toHex, utf8 } from '@spanforge/core-signing';
import { type PolicyBundle, PolicyError } from '@spanforge/policy';
import { type CanaryArm, type OpenArm, toArm } from './arm.js';
import { type CanaryRules, type CanaryRulesInput, parseCanaryRules } from './rules.js';
import type { CanaryArmName } from './tally.js';
import type { CanaryUnit } from './units.js';

/** What a canary needs. */
export interface CanaryOptions {
  /** The name of the canary in the log, 1 to 128 characters. A new attempt needs a new name. */
  readonly id: string;
  /**
   * Goes into every bucket, and must be the same in all replicas. Use a new one for every canary.
   */
  readonly salt: string;
  /** The unit that stays on one arm as a whole; `trace` when absent. */
  readonly unit?: CanaryUnit;
  /** A bundle, or a decider with the digest of its bundle. */
  readonly baseline: CanaryArm | PolicyBundle;
  readonly candidate: CanaryArm | PolicyBundle;
  /** Every part has a default, see {@link parseCanaryRules}. */
  readonly rules?: CanaryRulesInput;
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /** The context of the canary's records. */
  readonly context: EvidenceContext;
  /**
   * Puts the candidate in force before it gets all traffic. Must be idempotent, because it may be
   * called again after a crash and by other replicas.
   */
  readonly activate: () => Promise<unknown>;
  /** Puts the baseline back in force. Idempotent for the same reason. */
  readonly rollback: () => Promise<unknown>;
  /**
   * Rolls back the version of an agent or model that is rolled out with the bundle. Must be
   * idempotent.
   */
  readonly rollbackVersion?: () => Promise<unknown>;
  /** The least strict outcome that counts as blocked; `human_review` when absent. */
  readonly blockedFrom?: Outcome;
  /** Milliseconds since the epoch; the system's when absent. */
  readonly clock?: () => number;
  /** How long one of the functions above may take; 30,000 ms when absent. */
  readonly actionTimeoutMs?: number;
  /** The age after which the state is read again before use; 50 ms when absent. */
  readonly refreshMs?: number;
  /** The age after which decisions block if the log cannot be read; 5000 ms when absent. */
  readonly maxLagMs?: number;
}

/** The config of a canary, checked. */
export interface CheckedCanaryConfig {
  readonly id: string;
  readonly salt: string;
  readonly unit: CanaryUnit;
  readonly rules: CanaryRules;
  readonly arms: Readonly<Record<CanaryArmName, OpenArm>>;
  /** SHA-256, hex, over all of the above but the id. */
  readonly digest: string;
}

/** @throws {PolicyError} `POLICY_CANARY_INVALID`. */
export function readConfig(options: CanaryOptions): CheckedCanaryConfig {
  const { id, salt, unit = 'trace' } = options;
  if (typeof id !== 'string' || !/^[!-~]{1,128}$/.test(id)) {
    throw invalidError('id', '1 to 128 printable ASCII characters');
  }
  if (typeof salt !== 'string' || salt === '') throw invalidError('salt', 'text');
  if (unit !== 'trace' && unit !== 'tenant') throw invalidError('unit', 'trace or tenant');
  const rules = parseCanaryRules(options.rules);
  const arms = { baseline: toArm(options.baseline), candidate: toArm(options.candidate) };
  const digests = [arms.baseline.digest, arms.candidate.digest];
  if (digests[0] === digests[1])
    throw invalidError('candidate', 'another bundle than the baseline');
  const digest = toHex(sha256(utf8(canonicalize([salt, unit, rules, ...digests]))));
  return { id, salt, unit, rules, arms, digest };
}

function invalidError(path: string, expected: string): PolicyError {
  const message = `${path}: expected ${expected}`;
  return new PolicyError('POLICY_CANARY_INVALID', message, { details: { path } });
}
