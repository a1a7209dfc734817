import { equalBytes } from '../bytes.js';
import { SigningError } from '../error.js';
import { keyStanding } from '../keys/standing.js';
import { parseCheckpoint } from './checkpoint.js';
import {
  type IndexProof,
  type IndexTreeProof,
  indexRoot,
  indexTermsOf,
  type ProvenIndexEntry,
  type ProvenIndexTree,
  parseIndexProof,
  rangedTrees,
} from './index-proof.js';
import {
  INDEX_SEGMENT,
  type IndexRange,
  type IndexSegment,
  indexEntryDigest,
  indexLeaf,
  indexSegments,
  indexTermHash,
} from './index-tree.js';
import { openNote } from './open-note.js';
import type { LeafPosition } from './tile-root.js';
import { verifyInclusion } from './verify.js';
import type { NoteVerifier } from './vkey.js';

/** Why an index proof does not show that the records are all records of a term. */
export type IndexRefusal =
  /** The proof cannot be parsed. */
  | 'malformed'
  /** It is about another term. */
  | 'other_term'
  /** The head is not signed by the log's key, or only by one that was retired or revoked before. */
  | 'head_signature'
  /** The head is of another log or size than the checkpoint, or over another root. */
  | 'head_mismatch'
  /** The records are not in ascending order, or not all below the size. */
  | 'records_order'
  /** The index has other records for the term than these. */
  | 'records_differ'
  /** Records of the term were given, but the index says there are none. */
  | 'records_unknown'
  /** The statements about a tree do not lead to its root. */
  | 'tree_mismatch';

/** The claim to verify: that these are all records of the term below the checkpoint's size. */
export interface IndexClaim {
  /** The text of the proof file. */
  readonly proof: string;
  /** The log's key, from outside; several if it was changed and each is still trusted. */
  readonly logKey: NoteVerifier | readonly NoteVerifier[];
  /** Origin, size and root of a checkpoint that was verified. */
  readonly checkpoint: {
    readonly origin: string;
    readonly size: number;
    readonly root: Uint8Array;
  };
  readonly term: string;
  /**
   * Index and leaf hash of each record, ascending; the hash is computed from the record's bytes.
   */
  readonly records: readonly LeafPosition[];
}

/** A proof that is valid, or why it is not; `tree` counts from 0. */
export type VerifiedIndex =
  | { readonly ok: true; readonly size: number; readonly records: number }
  | { readonly ok: false; readonly reason: IndexRefusal; readonly tree?: number };

/** Compares byte by byte, which is the order of the entries of a tree. */
export function compareHashes(left: Uint8Array, right: Uint8Array): number {
  for (let at = 0; at < left.length; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function isIn(tree: ProvenIndexTree, index: number, entry: ProvenIndexEntry): boolean {
  const { entries: size, root } = tree;
  return verifyInclusion({ index, size, leaf: indexLeaf(entry), proof: entry.path, root });
}

/** True if the two entries are adjacent and the term belongs between them. */
function provesAbsence(
  tree: ProvenIndexTree,
  { position, left, right }: Extract<IndexTreeProof, { kind: 'absent' }>,
  term: Uint8Array,
): boolean {
  if (position > tree.entries || (left === undefined) !== (position === 0)) return false;
  if ((right === undefined) !== (position === tree.entries)) return false;
  if (left && !(compareHashes(left.term, term) < 0 && isIn(tree, position - 1, left))) return false;
  return !right || (compareHashes(term, right.term) < 0 && isIn(tree, position, right));
}

/** Checks one tree of a proof against the segments that the given records fill in it. */
export function checkIndexTree(
  tree: ProvenIndexTree,
  term: Uint8Array,
  segments: readonly IndexSegment[],
): IndexRefusal | undefined {
  const { proof } = tree;
  if (proof.kind === 'absent') {
    if (!provesAbsence(tree, proof, term)) return 'tree_mismatch';
    return segments.length === 0 ? undefined : 'records_unknown';
  }
  if (segments.length === 0) return 'records_differ';
  const entry = { term, digest: indexEntryDigest(segments), path: proof.path };
  return isIn(tree, proof.position, entry) ? undefined : 'records_differ';
}

function ascends(records: readonly LeafPosition[], size: number): boolean {
  let next = 0;
  for (const { index } of records) {
    if (!Number.isSafeInteger(index) || index < next || index >= size) return false;
    next = index + 1;
  }
  return true;
}

function within(segments: readonly IndexSegment[], { first, end }: IndexRange) {
  return segments.filter(
    ({ segment }) => segment >= first / INDEX_SEGMENT && segment * INDEX_SEGMENT < end,
  );
}

async function readHead(proof: IndexProof, { logKey, checkpoint }: IndexClaim) {
  const keys = 'key' in logKey ? [logKey] : logKey;
  const good = keys.filter(({ key }) => keyStanding(key, checkpoint.size) === 'good');
  try {
    return parseCheckpoint((await openNote(proof.head, good)).body);
  } catch (error) {
    if (SigningError.is(error)) return undefined;
    throw error;
  }
}

function parse(text: string): IndexProof | undefined {
  try {
    return parseIndexProof(text);
  } catch (error) {
    if (SigningError.is(error)) return undefined;
    throw error;
  }
}

/**
 * Verifies that the given records are *all* records of a term below the size of a checkpoint; see
 * docs/reference/index-proofs.md. The checkpoint, and that the records are in it, must have been
 * verified before.
 *
 * A refusal is a value; throws only what the platform's cryptography throws.
 */
export async function verifyIndexProof(claim: IndexClaim): Promise<VerifiedIndex> {
  const { checkpoint, records } = claim;
  const refuse = (reason: IndexRefusal): VerifiedIndex => ({ ok: false, reason });
  const proof = parse(claim.proof);
  if (!proof) return refuse('malformed');
  if (proof.term !== claim.term) return refuse('other_term');
  const head = await readHead(proof, claim);
  if (!head) return refuse('head_signature');
  const trees = rangedTrees(proof, checkpoint.size);
  const isOfLog = indexTermsOf(head.origin, checkpoint.origin) && head.size === checkpoint.size;
  if (!isOfLog || !trees || !equalBytes(head.root, indexRoot(checkpoint.root, trees))) {
    return refuse('head_mismatch');
  }
  if (!ascends(records, checkpoint.size)) return refuse('records_order');
  const segments = indexSegments(records);
  const term = indexTermHash(claim.term);
  for (const [at, tree] of trees.entries()) {
    const reason = checkIndexTree(tree, term, within(segments, tree));
    if (reason) return { ok: false, reason, tree: at };
  }
  return { ok: true, size: checkpoint.size, records: records.length };
}
