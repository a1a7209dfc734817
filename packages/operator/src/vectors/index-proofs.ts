import {
  createNoteVerifier,
  formatIndexProof,
  formatVkey,
  generateSigningKey,
  INDEX_SEGMENT,
  type IndexProof,
  type IndexRefusal,
  indexEntryDigest,
  indexSegments,
  indexTermHash,
  parseVkey,
  type SigningKey,
  toBase64,
  toVerificationKey,
  verifyIndexProof,
} from '@spanforge/core-signing';
import {
  FIRST,
  LAST,
  leafOf,
  MIDDLE,
  ORIGIN,
  proofIn,
  prove,
  ROOT,
  type Terms,
  withTree,
} from './prove-index.js';

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

const ALL: Terms = { [FIRST]: [0, 5], [MIDDLE]: [3, 17], [LAST]: [9] };
const { [FIRST]: OF_FIRST = [], [MIDDLE]: OF_MIDDLE = [], [LAST]: OF_LAST = [] } = ALL;

/** A log of several levels, its last record in the open segment. */
const SIZE = INDEX_SEGMENT * 21 + 40;
const SPREAD = [3, INDEX_SEGMENT, INDEX_SEGMENT * 7 + 1, INDEX_SEGMENT * 20, SIZE - 1];
const LEVELS: Terms = { ...ALL, [FIRST]: [0, SIZE - 2], [MIDDLE]: SPREAD };

/** Adds a vector: its form, the proof, the size, the term, the records, and what is wrong with them. */
type AddVector = (
  name: string,
  form: string,
  given: IndexProof | string,
  size: number,
  term: string,
  records: readonly number[],
  reason?: IndexRefusal,
) => void;

/** The proofs that are also forged. */
async function proveAll(key: SigningKey) {
  return {
    open: await prove(key, 60, ALL, MIDDLE),
    between: await prove(key, 60, { [FIRST]: OF_FIRST, [LAST]: OF_LAST }, MIDDLE),
    none: await prove(key, 60, {}, MIDDLE),
    deep: await prove(key, SIZE, LEVELS, MIDDLE),
    wide: await prove(key, 60, ALL, FIRST),
  };
}

type Proofs = Awaited<ReturnType<typeof proveAll>>;

/** Proofs that hold. */
async function addSound(add: AddVector, key: SigningKey, proofs: Proofs): Promise<void> {
  const { open, between, none, deep } = proofs;
  add('an entry of the open segment', 'present', open, 60, MIDDLE, [3, 17]);
  const alone = await prove(key, 60, { [MIDDLE]: [3] }, MIDDLE);
  add('the only entry', 'present', alone, 60, MIDDLE, [3]);
  add('absent between two neighbours', 'absent between', between, 60, MIDDLE, []);
  const start = await prove(key, 60, { [MIDDLE]: OF_MIDDLE, [LAST]: OF_LAST }, FIRST);
  add('absent before the first entry', 'absent before', start, 60, FIRST, []);
  const end = await prove(key, 60, { [FIRST]: OF_FIRST, [MIDDLE]: OF_MIDDLE }, LAST);
  add('absent behind the last entry', 'absent behind', end, 60, LAST, []);
  add('a segment without entries', 'absent empty', none, 60, MIDDLE, []);
  add('a log without records', 'no trees', await prove(key, 0, {}, MIDDLE), 0, MIDDLE, []);
  const closed = await prove(key, INDEX_SEGMENT, ALL, MIDDLE);
  add('a closed segment and no open one', 'present', closed, INDEX_SEGMENT, MIDDLE, [3, 17]);
  add('trees of several levels, present in each', 'present', deep, SIZE, MIDDLE, SPREAD);
  const rare = await prove(key, SIZE, LEVELS, LAST);
  add('trees of several levels, present in one', 'absent behind', rare, SIZE, LAST, [9]);
}

/** Texts that are no proofs, and heads that are not the log's. */
function addForms(add: AddVector, { open }: Proofs, strange: IndexProof): void {
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
}

/** Trees that the head does not sign. */
function addTrees(add: AddVector, { open, deep }: Proofs): void {
  const fewer = { ...deep, trees: deep.trees.slice(1) };
  add('a tree that is left out', 'present', fewer, SIZE, MIDDLE, SPREAD, 'head_mismatch');
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
}

/** Records that are not those of the entry. */
function addRecords(add: AddVector, { open, deep, between, none }: Proofs): void {
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
    SIZE,
    MIDDLE,
    SPREAD.slice(1),
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
}

/** A proof that shows the first and the last entry as neighbours of the middle one. */
function skipNeighbours({ open, wide }: Proofs): IndexProof {
  const digestOf = (indexes: readonly number[]) =>
    indexEntryDigest(indexSegments(indexes.map(leafOf)));
  return withTree({ ...open, term: MIDDLE }, () => {
    const [left] = wide.trees;
    const right = proofIn(ALL, indexTermHash(LAST), 0, 60);
    if (left?.proof.kind !== 'present' || right.proof.kind !== 'present')
      throw new Error('expected both');
    return {
      kind: 'absent',
      position: 1,
      left: { term: indexTermHash(FIRST), digest: digestOf(OF_FIRST), path: left.proof.path },
      right: { term: indexTermHash(LAST), digest: digestOf(OF_LAST), path: right.proof.path },
    };
  });
}

/** Absent entries whose neighbours are not shown, or are none. */
function addNeighbours(add: AddVector, proofs: Proofs): void {
  const { between, none } = proofs;
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
  add(
    'neighbours that are no neighbours',
    'absent between',
    skipNeighbours(proofs),
    60,
    MIDDLE,
    [],
    'tree_mismatch',
  );
}

/** Makes the vectors anew, with a new key: run by hand, and kept as they are from then on. */
export async function makeIndexVectors(): Promise<IndexVectorFile> {
  const key = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const stranger = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const vectors: IndexVector[] = [];
  const add: AddVector = (name, form, given, size, term, records, reason) => {
    const proof = typeof given === 'string' ? given : formatIndexProof(given);
    const checkpoint = { origin: ORIGIN, size, root: toBase64(ROOT) };
    vectors.push({ name, form, proof, term, checkpoint, records, ...(reason && { reason }) });
  };
  const proofs = await proveAll(key);
  await addSound(add, key, proofs);
  addForms(add, proofs, await prove(stranger, 60, ALL, MIDDLE));
  addTrees(add, proofs);
  addRecords(add, proofs);
  addNeighbours(add, proofs);
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
