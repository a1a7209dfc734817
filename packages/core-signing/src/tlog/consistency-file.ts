import { isHash } from './hash.js';
import { parseHashes, proofError, splitProofText } from './proof-text.js';
import { isSize, parseDecimal } from './size.js';
import { hashLines } from './text.js';
import { MAX_PROOF_HASHES } from './verify.js';

/** A proof that a checkpoint extends the tree of an older size. */
export interface ConsistencyFile {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  /** The newer signed note, verbatim. */
  readonly checkpoint: string;
}

/**
 * Writes a consistency file: the body of an add-checkpoint request (C2SP tlog-witness).
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for what `parseConsistencyFile` would refuse.
 */
export function formatConsistencyFile({ oldSize, proof, checkpoint }: ConsistencyFile): string {
  if (!isSize(oldSize)) throw proofError('old');
  if (proof.length > MAX_PROOF_HASHES || !proof.every(isHash)) throw proofError('proof');
  if (checkpoint === '') throw proofError('checkpoint');
  return `old ${oldSize}\n${hashLines(proof)}\n${checkpoint}`;
}

/**
 * Parses a consistency file. Nothing is verified; the checkpoint is not even parsed.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID`, naming what is wrong (`details.field`): `old`,
 * `proof` (over 63 hashes too), `checkpoint`.
 */
export function parseConsistencyFile(text: string): ConsistencyFile {
  const { head, checkpoint } = splitProofText(text);
  const [oldLine, ...hashes] = head;
  const oldSize = oldLine?.startsWith('old ') ? parseDecimal(oldLine.slice(4)) : undefined;
  if (oldSize === undefined) throw proofError('old');
  if (checkpoint === '') throw proofError('checkpoint');
  return { oldSize, proof: parseHashes(hashes), checkpoint };
}
