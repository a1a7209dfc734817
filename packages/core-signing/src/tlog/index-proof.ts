import { toBase64 } from '../bytes.js';
import { SigningError } from '../error.js';
import { merkleRoot } from './frontier.js';
import { leafHash } from './hash.js';
import {
  type IndexEntry,
  type IndexRange,
  type IndexTreeHead,
  indexRanges,
  indexTreeLeaf,
} from './index-tree.js';
import { parseDecimal } from './size.js';
import { readHash } from './text.js';
import { MAX_PROOF_HASHES } from './verify.js';

const HEADER = 'spanforge.index-proof.v1';

/** No proof of a log of up to 2^53 - 1 records needs more lines. */
const MAX_LINES = 16_384;
const MAX_CHARACTERS = 1_000_000;

/** An entry with its audit path in its tree. */
export interface ProvenIndexEntry extends IndexEntry {
  readonly path: readonly Uint8Array[];
}

/** The proof for one tree: the term is at `position`, or would be there. */
export type IndexTreeProof =
  | {
      readonly kind: 'present';
      readonly position: number;
      readonly path: readonly Uint8Array[];
    }
  | {
      readonly kind: 'absent';
      readonly position: number;
      /** The entry before the position; absent only at position 0. */
      readonly left?: ProvenIndexEntry;
      /** The entry at the position; absent only after the last entry. */
      readonly right?: ProvenIndexEntry;
    };

/** A tree of the head and its proof. */
export interface ProvenIndexTree {
  readonly entries: number;
  readonly root: Uint8Array;
  readonly proof: IndexTreeProof;
}

/** A proof that the given records are all records of one term in the first records of a log. */
export interface IndexProof {
  /** Such as `trace:4bf9`. */
  readonly term: string;
  /** One for each range of the head, in order. */
  readonly trees: readonly ProvenIndexTree[];
  /** The signed note of the index head, verbatim. */
  readonly head: string;
}

/**
 * The terms a head covers: `1` trace, run and type; `2` also agent, actor, tool, rule and claim.
 */
export type IndexTerms = 1 | 2;

/** The origin in the notes of index heads, derived from the origin of the log. */
export function indexOrigin(origin: string, terms: IndexTerms = 2): string {
  return terms === 1 ? `${origin}/index` : `${origin}/index/2`;
}

/** The terms that a head with this origin covers; undefined if it is not a head of the log. */
export function indexTermsOf(found: string, origin: string): IndexTerms | undefined {
  if (found === indexOrigin(origin, 2)) return 2;
  return found === indexOrigin(origin, 1) ? 1 : undefined;
}

/**
 * The root that an index head signs: the RFC 6962 root over the leaf hash of the log's root, then
 * the leaf of each tree.
 *
 * @param logRoot Root of the log at the same size.
 */
export function indexRoot(logRoot: Uint8Array, trees: readonly IndexTreeHead[]): Uint8Array {
  return merkleRoot([leafHash(logRoot), ...trees.map(indexTreeLeaf)]);
}

function lines(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => `${toBase64(hash)}\n`).join('');
}

function neighbour(side: 'left' | 'right', entry: ProvenIndexEntry | undefined): string {
  if (!entry) return '';
  return `${side} ${toBase64(entry.term)} ${toBase64(entry.digest)}\n${lines(entry.path)}`;
}

function treeText({ entries, root, proof }: ProvenIndexTree): string {
  const head = `tree ${entries} ${toBase64(root)}\n${proof.kind} ${proof.position}\n`;
  if (proof.kind === 'present') return head + lines(proof.path);
  return head + neighbour('left', proof.left) + neighbour('right', proof.right);
}

/** Writes an index proof as text; see docs/reference/index-proofs.md. */
export function formatIndexProof({ term, trees, head }: IndexProof): string {
  return `${HEADER}\nterm ${term}\n${trees.map(treeText).join('')}\n${head}`;
}

function malformedError(line: number): SigningError {
  return new SigningError('SIGNING_PROOF_INVALID', `line ${line} of the index proof is invalid`, {
    details: { line },
  });
}

interface Lines {
  /** The parts of the next line if it begins with this word and has this many parts. */
  take(word: string, count: number): readonly string[] | undefined;
  hashes(): readonly Uint8Array[];
  readonly done: boolean;
  throwMalformed(): never;
}

function createLines(all: readonly string[]): Lines {
  let at = 0;
  const throwMalformed = (): never => {
    throw malformedError(at + 1);
  };
  return {
    get done() {
      return at >= all.length;
    },
    throwMalformed,
    take(word, count) {
      const parts = all[at]?.split(' ') ?? [];
      if (parts[0] !== word || parts.length !== count + 1) return undefined;
      at += 1;
      return parts.slice(1);
    },
    hashes() {
      const hashes: Uint8Array[] = [];
      for (let hash = readHash(all[at]); hash; hash = readHash(all[at])) {
        hashes.push(hash);
        at += 1;
        if (hashes.length > MAX_PROOF_HASHES) throwMalformed();
      }
      return hashes;
    },
  };
}

function parseEntry(text: Lines, side: 'left' | 'right'): ProvenIndexEntry | undefined {
  const parts = text.take(side, 2);
  if (!parts) return undefined;
  const [term, digest] = parts.map(readHash);
  if (!term || !digest) return text.throwMalformed();
  return { term, digest, path: text.hashes() };
}

function parseTreeProof(text: Lines): IndexTreeProof {
  const present = text.take('present', 1);
  const [written] = present ?? text.take('absent', 1) ?? text.throwMalformed();
  const position = parseDecimal(written);
  if (position === undefined) return text.throwMalformed();
  if (present) return { kind: 'present', position, path: text.hashes() };
  const left = parseEntry(text, 'left');
  const right = parseEntry(text, 'right');
  return { kind: 'absent', position, ...(left && { left }), ...(right && { right }) };
}

function parseTree(text: Lines): ProvenIndexTree {
  const [count, rootText] = text.take('tree', 2) ?? text.throwMalformed();
  const [entries, root] = [parseDecimal(count), readHash(rootText)];
  if (entries === undefined || !root) return text.throwMalformed();
  return { entries, root, proof: parseTreeProof(text) };
}

/**
 * Parses an index proof. Nothing is verified.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` with the line that is not one (`details.line`).
 */
export function parseIndexProof(given: string): IndexProof {
  const blank = given.length <= MAX_CHARACTERS ? given.indexOf('\n\n') : -1;
  const all = given.slice(0, Math.max(blank, 0)).split('\n', MAX_LINES + 1);
  if (all.length > MAX_LINES) throw malformedError(all.length);
  const [header, termLine, ...rest] = all;
  if (header !== HEADER) throw malformedError(1);
  if (!termLine?.startsWith('term ') || termLine.length === 5) throw malformedError(2);
  const text = createLines(rest);
  const trees: ProvenIndexTree[] = [];
  while (!text.done) trees.push(parseTree(text));
  return { term: termLine.slice(5), trees, head: given.slice(blank + 2) };
}

/** The trees of a proof with the ranges of a head of this size; undefined if they do not match. */
export function rangedTrees(
  { trees }: IndexProof,
  size: number,
): readonly (IndexRange & ProvenIndexTree)[] | undefined {
  const ranges = indexRanges(size);
  if (ranges.length !== trees.length) return undefined;
  return ranges.flatMap((range, at) => {
    const tree = trees[at];
    return tree ? [{ ...range, ...tree }] : [];
  });
}
