import { SigningError } from '../error.js';
import { leafHash } from './hash.js';
import type { NoteSignature } from './open-note.js';
import { parseTlogProof } from './tlog-proof.js';
import { verifyInclusion } from './verify.js';
import {
  attempt,
  type CheckpointRefusal,
  type LogAnchor,
  type Refused,
  refuse,
  verifyCheckpoint,
} from './verify-checkpoint.js';

/** A record, its proof file, and the trusted keys of the log. */
export interface RecordInclusion extends LogAnchor {
  /** The bytes of the record as stored and exported, not parsed and written again. */
  readonly recordBytes: Uint8Array;
  readonly proofText: string;
}

/** The place of a record in a log, and who signed the checkpoint that proves it. */
export interface VerifiedRecord {
  readonly ok: true;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly signers: readonly NoteSignature[];
}

/** Why a record was not accepted as part of the log. */
export type RecordRefusal = CheckpointRefusal | 'proof_malformed' | 'inclusion_invalid';

/**
 * Verifies that exactly these bytes are a record of the log with this origin.
 *
 * A bad record or proof never throws: the result is a value with a reason code.
 *
 * @throws {SigningError} `SIGNING_KEY_ROLE_CONFLICT` or `SIGNING_KEY_DUPLICATE` for contradictory
 * verifiers, as `openNote`.
 */
export async function verifyRecordInclusion(
  claim: RecordInclusion,
): Promise<VerifiedRecord | Refused<RecordRefusal>> {
  const parsed = attempt('SIGNING_PROOF_INVALID', () => parseTlogProof(claim.proofText));
  if (SigningError.is(parsed)) return refuse('proof_malformed');
  const verified = await verifyCheckpoint(parsed.checkpoint, claim);
  if (!verified.ok) return verified;
  const { index, proof } = parsed;
  const { size, root } = verified.checkpoint;
  const leaf = leafHash(claim.recordBytes);
  if (!verifyInclusion({ index, size, leaf, proof, root })) return refuse('inclusion_invalid');
  return { ok: true, index, size, root, signers: verified.signers };
}
