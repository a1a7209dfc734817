import { fromBase64, toBase64 } from '../bytes.js';
import { SigningError } from '../error.js';
import { isHash } from './hash.js';
import { parseHashes, proofError, splitProofText } from './proof-text.js';
import { isSize, parseDecimal } from './size.js';
import { hashLines } from './text.js';
import { MAX_PROOF_HASHES } from './verify.js';

const HEADER = 'c2sp.org/tlog-proof@v1';

/**
 * A proof that a record is in a log: its index, the path to the root, and the checkpoint with that
 * root.
 */
export interface TlogProof {
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  /** The signed note, verbatim. */
  readonly checkpoint: string;
  /** Additional bytes. Nothing authenticates them. */
  readonly extra?: Uint8Array;
}

/**
 * Writes a proof file (C2SP tlog-proof).
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for what `parseTlogProof` would refuse.
 */
export function formatTlogProof({ index, proof, checkpoint, extra }: TlogProof): string {
  if (!isSize(index)) throw proofError('index');
  if (proof.length > MAX_PROOF_HASHES || !proof.every(isHash)) throw proofError('proof');
  if (checkpoint === '') throw proofError('checkpoint');
  if (extra?.length === 0) throw proofError('extra');
  const extraLine = extra === undefined ? '' : `extra ${toBase64(extra)}\n`;
  return `${HEADER}\n${extraLine}index ${index}\n${hashLines(proof)}\n${checkpoint}`;
}

/**
 * Parses a proof file. Nothing is verified; the checkpoint is not even parsed.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID`, naming what is wrong (`details.field`): `header`,
 * `extra`, `index`, `proof` (over 63 hashes too), `checkpoint`.
 */
export function parseTlogProof(text: string): TlogProof {
  const { head, checkpoint } = splitProofText(text);
  const [header, ...lines] = head;
  if (header !== HEADER) throw proofError('header');
  const extraLine = lines[0]?.startsWith('extra ') ? lines.shift() : undefined;
  const [indexLine, ...hashes] = lines;
  const index = indexLine?.startsWith('index ') ? parseDecimal(indexLine.slice(6)) : undefined;
  if (index === undefined) throw proofError('index');
  if (checkpoint === '') throw proofError('checkpoint');
  const proof = parseHashes(hashes);
  if (extraLine === undefined) return { index, proof, checkpoint };
  return { index, proof, checkpoint, extra: parseExtra(extraLine.slice(6)) };
}

function parseExtra(encoded: string): Uint8Array {
  if (encoded === '') throw proofError('extra');
  try {
    return fromBase64(encoded);
  } catch (cause) {
    throw SigningError.is(cause) ? proofError('extra') : cause;
  }
}
