import { equalBytes } from '../bytes.js';
import { SigningError } from '../error.js';
import type { Checkpoint } from './checkpoint.js';
import { parseConsistencyFile } from './consistency-file.js';
import { verifyConsistency } from './verify.js';
import {
  attempt,
  type CheckpointRefusal,
  type LogAnchor,
  type Refused,
  refuse,
  type VerifiedCheckpoint,
  verifyCheckpoint,
} from './verify-checkpoint.js';

/** An older checkpoint that was kept, the consistency file to verify, and the trusted keys. */
export interface Extension extends LogAnchor {
  /** Was verified when it was kept; its origin must be the pinned one. */
  readonly since: Checkpoint;
  readonly consistencyText: string;
}

/**
 * Why a newer checkpoint was not accepted: among others `rollback` when it is smaller than the kept
 * one, `fork` when it is of the same size with another root.
 */
export type ExtensionRefusal =
  | CheckpointRefusal
  | 'proof_malformed'
  | 'rollback'
  | 'fork'
  | 'size_mismatch'
  | 'consistency_invalid';

/**
 * Verifies that a log still contains everything it contained when `since` was kept.
 *
 * A bad file never throws: the result is a value with a reason code.
 *
 * @throws {SigningError} `SIGNING_KEY_ROLE_CONFLICT` or `SIGNING_KEY_DUPLICATE` for contradictory
 * verifiers, as `openNote`.
 */
export async function verifyExtension(
  claim: Extension,
): Promise<VerifiedCheckpoint | Refused<ExtensionRefusal>> {
  const { since, consistencyText, origin } = claim;
  const file = attempt('SIGNING_PROOF_INVALID', () => parseConsistencyFile(consistencyText));
  if (SigningError.is(file)) return refuse('proof_malformed');
  const verified = await verifyCheckpoint(file.checkpoint, claim);
  if (!verified.ok) return verified;
  const { checkpoint: now } = verified;
  if (since.origin !== origin) return refuse('origin_mismatch');
  if (now.size < since.size) return refuse('rollback');
  if (now.size === since.size && !equalBytes(now.root, since.root)) return refuse('fork');
  if (file.oldSize !== since.size) return refuse('size_mismatch');
  const consistent = verifyConsistency({
    size1: since.size,
    size2: now.size,
    root1: since.root,
    root2: now.root,
    proof: file.proof,
  });
  return consistent ? verified : refuse('consistency_invalid');
}
