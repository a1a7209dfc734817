import {
  createTree,
  formatCheckpoint,
  type IndexProof,
  type IndexTreeProof,
  indexEntryDigest,
  indexLeaf,
  indexOrigin,
  indexRanges,
  indexRoot,
  indexSegments,
  indexTermHash,
  leafHash,
  type SigningKey,
  signNote,
  toHex,
} from '@spanforge/core-signing';

/** Origin and root of the log the proofs are about. */
export const ORIGIN = 'log.example/index';
export const ROOT = leafHash('the root of the log');

/** A record of these vectors: its bytes are `record <index>`. */
export const leafOf = (index: number) => ({ index, leaf: leafHash(`record ${index}`) });

/** Which records carry which term. */
export type Terms = Readonly<Record<string, readonly number[]>>;

const before = (left: Uint8Array, right: Uint8Array): boolean => toHex(left) < toHex(right);

/** The proof of a term in one tree. */
export function proofIn(terms: Terms, asked: Uint8Array, first: number, end: number) {
  const entries = Object.entries(terms)
    .map(([name, indexes]) => ({
      term: indexTermHash(name),
      records: indexes.filter((index) => index >= first && index < end).map(leafOf),
    }))
    .filter(({ records }) => records.length > 0)
    .map(({ term, records }) => ({ term, digest: indexEntryDigest(indexSegments(records)) }))
    .sort((a, b) => (before(a.term, b.term) ? -1 : 1));
  const tree = createTree(entries.map(indexLeaf));
  const position = entries.filter(({ term }) => before(term, asked)).length;
  const proven = (at: number) => {
    const entry = entries[at];
    return entry && { ...entry, path: tree.inclusionProof(at) };
  };
  const [left, right] = [proven(position - 1), proven(position)];
  const proof: IndexTreeProof =
    right && toHex(right.term) === toHex(asked)
      ? { kind: 'present', position, path: right.path }
      : { kind: 'absent', position, ...(left && { left }), ...(right && { right }) };
  return { first, end, entries: entries.length, root: tree.root(), proof };
}

/** The proof of a term in a log of this size, its head signed by the key. */
export async function prove(key: SigningKey, size: number, terms: Terms, term: string) {
  const asked = indexTermHash(term);
  const trees = indexRanges(size).map(({ first, end }) => proofIn(terms, asked, first, end));
  const body = formatCheckpoint({
    origin: indexOrigin(ORIGIN),
    size,
    root: indexRoot(ROOT, trees),
  });
  return { term, trees, head: await signNote(body, [{ name: ORIGIN, key }]) };
}

/** Names whose hashes stand in this order, so that each can be first, between others or last. */
export const [FIRST, MIDDLE, LAST] = ['trace:a', 'trace:b', 'trace:c'].sort((a, b) =>
  before(indexTermHash(a), indexTermHash(b)) ? -1 : 1,
) as [string, string, string];

/** A proof whose first tree says something else. */
export const withTree = (
  proof: IndexProof,
  change: (one: IndexTreeProof) => IndexTreeProof,
): IndexProof => ({
  ...proof,
  trees: proof.trees.map((tree, at) => (at === 0 ? { ...tree, proof: change(tree.proof) } : tree)),
});
