import { SigningError } from '../error.js';
import { readHash } from './text.js';
import { MAX_PROOF_HASHES } from './verify.js';

const MAX_CHARACTERS = 2_000_000;

/** A text of lines, then an empty line, then a checkpoint. */
export interface ProofText {
  readonly head: readonly string[];
  readonly checkpoint: string;
}

/** Splits at the first empty line; head lines are never empty. */
export function splitProofText(text: string): ProofText {
  const blank = text.length <= MAX_CHARACTERS ? text.indexOf('\n\n') : -1;
  if (blank < 0) throw proofError('checkpoint');
  const head = text.slice(0, blank).split('\n', MAX_PROOF_HASHES + 4);
  return { head, checkpoint: text.slice(blank + 2) };
}

/** Reads hash lines, at most 63 (C2SP tlog-witness). */
export function parseHashes(lines: readonly string[]): readonly Uint8Array[] {
  if (lines.length > MAX_PROOF_HASHES) throw proofError('proof');
  return lines.map((line) => {
    const hash = readHash(line);
    if (hash === undefined) throw proofError('proof');
    return hash;
  });
}

export function proofError(field: string): SigningError {
  return new SigningError('SIGNING_PROOF_INVALID', `the ${field} of the proof file is invalid`, {
    details: { field },
  });
}
