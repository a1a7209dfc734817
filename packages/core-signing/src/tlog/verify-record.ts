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

/** A record, the proof file shown with it, and whom to trust about which log. */
export interface RecordInclusion extends LogAnchor {
  /** The record's bytes as stored and exported, never parsed and written again. */
  readonly recordBytes: Uint8Array;
  readonly proofText: string;
}

/** That a record is in the log, at `index` of `size`, under `root`, and who signed that. */
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
 * Nothing wrong with record or proof throws: the answer is a value with a reason code.
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
