import {
  createNoteVerifier,
  createTree,
  formatCheckpoint,
  formatIndexProof,
  formatVkey,
  generateSigningKey,
  INDEX_SEGMENT,
  type IndexProof,
  type IndexRefusal,
  type IndexTreeProof,
  indexEntryDigest,
  indexLeaf,
  indexOrigin,
  indexRanges,
  indexRoot,
  indexSegments,
  indexTermHash,
  leafHash,
  parseVkey,
  type SigningKey,
  signNote,
  toBase64,
  toHex,
  toVerificationKey,
  verifyIndexProof,
} from '@spanforge/core-signing';

/** One index proof, and what every verifier has to say to it. */
export interface IndexVector {
  readonly name: string;
  /** The form that the proof of one of its trees has. */
  readonly form: string;
  readonly proof: string;
  readonly term: string;
  /** A checkpoint that was verified; its root in base64. */
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: string };
  /** Indexes of the records at hand; the bytes of each are `record <index>`. */
  readonly records: readonly number[];
  /** Absent for a proof that holds. */
  readonly reason?: IndexRefusal;
}

/** The published file. */
export interface IndexVectorFile {
  readonly v: 'spanforge.index-vectors.v1';
  readonly key: string;
  readonly vectors: readonly IndexVector[];
}

const ORIGIN = 'log.example/index';
const ROOT = leafHash('the root of the log');

export const leafOf = (index: number) => ({ index, leaf: leafHash(`record ${index}`) });

/** Which records carry which term. */
type Terms = Readonly<Record<string, readonly number[]>>;

const before = (left: Uint8Array, right: Uint8Array): boolean => toHex(left) < toHex(right);

function proofIn(terms: Terms, asked: Uint8Array, first: number, end: number) {
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

async function prove(key: SigningKey, size: number, terms: Terms, term: string) {
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
const [FIRST, MIDDLE, LAST] = ['trace:a', 'trace:b', 'trace:c'].sort((a, b) =>
  before(indexTermHash(a), indexTermHash(b)) ? -1 : 1,
) as [string, string, string];

const withTree = (
  proof: IndexProof,
  change: (one: IndexTreeProof) => IndexTreeProof,
): IndexProof => ({
  ...proof,
  trees: proof.trees.map((tree, at) => (at === 0 ? { ...tree, proof: change(tree.proof) } : tree)),
});

/** Makes the vectors anew, with a new key: run by hand, and kept as they are from then on. */
export async function makeIndexVectors(): Promise<IndexVectorFile> {
  const key = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const stranger = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const vectors: IndexVector[] = [];
  const add = (
    name: string,
    form: string,
    given: IndexProof | string,
    size: number,
    term: string,
    records: readonly number[],
    reason?: IndexRefusal,
  ): void => {
    const proof = typeof given === 'string' ? given : formatIndexProof(given);
    const checkpoint = { origin: ORIGIN, size, root: toBase64(ROOT) };
    vectors.push({ name, form, proof, term, checkpoint, records, ...(reason && { reason }) });
  };
  const all = { [FIRST]: [0, 5], [MIDDLE]: [3, 17], [LAST]: [9] };
  const open = await prove(key, 60, all, MIDDLE);
  add('an entry of the open segment', 'present', open, 60, MIDDLE, [3, 17]);
  const alone = await prove(key, 60, { [MIDDLE]: [3] }, MIDDLE);
  add('the only entry', 'present', alone, 60, MIDDLE, [3]);
  const { [FIRST]: first = [], [MIDDLE]: middle = [], [LAST]: last = [] } = all as Terms;
  const between = await prove(key, 60, { [FIRST]: first, [LAST]: last }, MIDDLE);
  add('absent between two neighbours', 'absent between', between, 60, MIDDLE, []);
  const start = await prove(key, 60, { [MIDDLE]: middle, [LAST]: last }, FIRST);
  add('absent before the first entry', 'absent before', start, 60, FIRST, []);
  const end = await prove(key, 60, { [FIRST]: first, [MIDDLE]: middle }, LAST);
  add('absent behind the last entry', 'absent behind', end, 60, LAST, []);
  const none = await prove(key, 60, {}, MIDDLE);
  add('a segment without entries', 'absent empty', none, 60, MIDDLE, []);
  add('a log without records', 'no trees', await prove(key, 0, {}, MIDDLE), 0, MIDDLE, []);
  const closed = await prove(key, INDEX_SEGMENT, all, MIDDLE);
  add('a closed segment and no open one', 'present', closed, INDEX_SEGMENT, MIDDLE, [3, 17]);
  const size = INDEX_SEGMENT * 21 + 40;
  const spread = [3, INDEX_SEGMENT, INDEX_SEGMENT * 7 + 1, INDEX_SEGMENT * 20, size - 1];
  const levels = { ...all, [FIRST]: [0, size - 2], [MIDDLE]: spread };
  const deep = await prove(key, size, levels, MIDDLE);
  add('trees of several levels, present in each', 'present', deep, size, MIDDLE, spread);
  const rare = await prove(key, size, levels, LAST);
  add('trees of several levels, present in one', 'absent behind', rare, size, LAST, [9]);

  const text = formatIndexProof(open);
  add(
    'a first line of another form',
    'present',
    text.replace('proof.v1', 'proof.v9'),
    60,
    MIDDLE,
    [3, 17],
    'malformed',
  );
  add(
    'a number with a leading zero',
    'present',
    text.replace('present ', 'present 0'),
    60,
    MIDDLE,
    [3, 17],
    'malformed',
  );
  add(
    'no blank line before the head',
    'present',
    text.replace('\n\n', '\n'),
    60,
    MIDDLE,
    [3, 17],
    'malformed',
  );
  add('a proof about another term', 'present', open, 60, LAST, [9], 'other_term');
  const strange = await prove(stranger, 60, all, MIDDLE);
  add(
    'a head that somebody else signed',
    'present',
    strange,
    60,
    MIDDLE,
    [3, 17],
    'head_signature',
  );
  add('a head of another size', 'present', open, 61, MIDDLE, [3, 17], 'head_mismatch');
  const fewer = { ...deep, trees: deep.trees.slice(1) };
  add('a tree that is left out', 'present', fewer, size, MIDDLE, spread, 'head_mismatch');
  const counted = { ...open, trees: open.trees.map((tree) => ({ ...tree, entries: 4 })) };
  add(
    'a tree with another number of entries',
    'present',
    counted,
    60,
    MIDDLE,
    [3, 17],
    'head_mismatch',
  );
  add('records that do not ascend', 'present', open, 60, MIDDLE, [17, 3], 'records_order');
  add('a record twice', 'present', open, 60, MIDDLE, [3, 3, 17], 'records_order');
  add('a record behind the size', 'present', open, 60, MIDDLE, [3, 60], 'records_order');
  add('a record that was left out', 'present', open, 60, MIDDLE, [3], 'records_differ');
  add('all records left out', 'present', open, 60, MIDDLE, [], 'records_differ');
  add('a record too many', 'present', open, 60, MIDDLE, [3, 4, 17], 'records_differ');
  add(
    'the first of several levels left out',
    'present',
    deep,
    size,
    MIDDLE,
    spread.slice(1),
    'records_differ',
  );
  const moved = withTree(open, (one) => ({ ...one, position: one.position + 1 }));
  add('another position of the entry', 'present', moved, 60, MIDDLE, [3, 17], 'records_differ');
  add(
    'a record where there is none',
    'absent between',
    between,
    60,
    MIDDLE,
    [3],
    'records_unknown',
  );
  add(
    'a record where the segment is empty',
    'absent empty',
    none,
    60,
    MIDDLE,
    [3],
    'records_unknown',
  );
  const bare = withTree(between, ({ position }) => ({ kind: 'absent', position }));
  add('neighbours that are not shown', 'absent between', bare, 60, MIDDLE, [], 'tree_mismatch');
  const oneSided = withTree(between, (one) => {
    if (one.kind !== 'absent') return one;
    const { right: _, ...rest } = one;
    return rest;
  });
  add(
    'the right neighbour is not shown',
    'absent between',
    oneSided,
    60,
    MIDDLE,
    [],
    'tree_mismatch',
  );
  const behind = withTree(none, () => ({ kind: 'absent', position: 1 }));
  add('a place behind the end', 'absent empty', behind, 60, MIDDLE, [], 'tree_mismatch');
  const wide = await prove(key, 60, all, FIRST);
  const skipping = withTree({ ...open, term: MIDDLE }, () => {
    const [left] = wide.trees;
    const [right] =
      proofIn(all, indexTermHash(LAST), 0, 60).proof.kind === 'present'
        ? [proofIn(all, indexTermHash(LAST), 0, 60)]
        : [];
    if (left?.proof.kind !== 'present' || right?.proof.kind !== 'present')
      throw new Error('expected both');
    const digestOf = (indexes: readonly number[]) =>
      indexEntryDigest(indexSegments(indexes.map(leafOf)));
    return {
      kind: 'absent',
      position: 1,
      left: { term: indexTermHash(FIRST), digest: digestOf(first), path: left.proof.path },
      right: { term: indexTermHash(LAST), digest: digestOf(last), path: right.proof.path },
    };
  });
  add(
    'neighbours that are no neighbours',
    'absent between',
    skipping,
    60,
    MIDDLE,
    [],
    'tree_mismatch',
  );
  const vkey = formatVkey(ORIGIN, toVerificationKey(key));
  return { v: 'spanforge.index-vectors.v1', key: vkey, vectors };
}

/** What our verifier says to a vector; undefined where it holds. */
export async function judgeIndexVector(
  file: IndexVectorFile,
  { proof, term, checkpoint, records }: IndexVector,
): Promise<IndexRefusal | undefined> {
  const { name, key } = parseVkey(file.key);
  const root = Uint8Array.from(Buffer.from(checkpoint.root, 'base64'));
  const found = await verifyIndexProof({
    ...{ proof, term, logKey: createNoteVerifier(name, key) },
    checkpoint: { ...checkpoint, root },
    records: records.map(leafOf),
  });
  return found.ok ? undefined : found.reason;
}
