import { describe, expect, test } from 'vitest';
import { toBase64 } from '../bytes.js';
import { formatCheckpoint } from './checkpoint.js';
import { formatConsistencyFile } from './consistency-file.js';
import { leafHash } from './hash.js';
import { parseNote } from './note-text.js';
import { cosignCheckpoint, signNote } from './sign-note.js';
import { testKey } from './test-keys.js';
import { createTree } from './tree.js';
import { addCosignature, judgeAddCheckpoint, type WitnessedLog } from './witness.js';

const ORIGIN = 'example.com/log';
const log = await testKey('log', ORIGIN);
const thief = await testKey('log', ORIGIN);
const one = await testKey('witness', 'witness.example/w1');
const two = await testKey('witness', 'witness.example/w2');

const treeOf = (size: number, fork = '') =>
  createTree(Array.from({ length: size }, (_, n) => leafHash(`${n > 1 ? fork : ''}${n}`)));

async function noteOf(tree: ReturnType<typeof treeOf>, signer = log): Promise<string> {
  const body = formatCheckpoint({ origin: ORIGIN, size: tree.size, root: tree.root() });
  return signNote(body, [signer]);
}

/** The body of a request that goes on from `oldSize`. */
async function request(tree: ReturnType<typeof treeOf>, oldSize: number, signer = log) {
  const proof = oldSize === 0 || oldSize > tree.size ? [] : tree.consistencyProof(oldSize);
  return formatConsistencyFile({ oldSize, proof, checkpoint: await noteOf(tree, signer) });
}

const knows = (latest?: WitnessedLog['latest']) => (origin: string) =>
  origin === ORIGIN ? { verifiers: [log.verifier], ...(latest ? { latest } : {}) } : undefined;
const five = { size: 5, root: treeOf(5).root() };

describe('what a witness answers', () => {
  test('a first checkpoint, one that grew, and the same again may be cosigned', async () => {
    const first = await judgeAddCheckpoint(await request(treeOf(5), 0), knows());
    expect(first).toMatchObject({ status: 200, checkpoint: { size: 5 } });
    expect(await judgeAddCheckpoint(await request(treeOf(9), 5), knows(five))).toMatchObject({
      status: 200,
      checkpoint: { size: 9 },
      note: await noteOf(treeOf(9)),
    });
    const again = await judgeAddCheckpoint(await request(treeOf(5), 5), knows(five));
    expect(again).toMatchObject({ status: 200 });
  });

  test('another old size is answered with the one it has', async () => {
    for (const [size, old] of [
      [9, 0],
      [9, 4],
      [9, 6],
      [3, 3],
    ] as const) {
      const answer = await judgeAddCheckpoint(await request(treeOf(size), old), knows(five));
      expect(answer).toEqual({ status: 409, size: 5 });
    }
    const unknown = await judgeAddCheckpoint(await request(treeOf(9), 5), knows());
    expect(unknown).toEqual({ status: 409, size: 0 });
  });

  test('a second history is refused, at the same size and behind it', async () => {
    const same = await judgeAddCheckpoint(await request(treeOf(5, 'x'), 5), knows(five));
    expect(same).toEqual({ status: 409, size: 5 });
    const grown = await judgeAddCheckpoint(await request(treeOf(9, 'x'), 5), knows(five));
    expect(grown).toEqual({ status: 422 });
  });

  test('a proof that is none is refused, from nothing too', async () => {
    const checkpoint = await noteOf(treeOf(9));
    const proof = [leafHash('x')];
    const from = (oldSize: number) => formatConsistencyFile({ oldSize, proof, checkpoint });
    expect(await judgeAddCheckpoint(from(5), knows(five))).toEqual({ status: 422 });
    expect(await judgeAddCheckpoint(from(0), knows())).toEqual({ status: 422 });
  });

  test('a log it does not know, a key it does not trust, and what is no request', async () => {
    const body = await request(treeOf(5), 0);
    expect(await judgeAddCheckpoint(body, () => undefined)).toEqual({ status: 404 });
    const stolen = await request(treeOf(5), 0, thief);
    expect(await judgeAddCheckpoint(stolen, knows())).toEqual({ status: 403 });
    expect(await judgeAddCheckpoint(await request(treeOf(5), 6), knows(five))).toEqual({
      status: 400,
    });
    for (const text of [
      '',
      'old 0\n',
      body.replace('old 0', 'old 00'),
      body.slice(0, -1),
      `${body}x`,
    ]) {
      expect(await judgeAddCheckpoint(text, knows())).toEqual({ status: 400 });
    }
  });
});

describe('the cosignature in an answer', () => {
  const lineOf = (note: string) => note.slice(note.lastIndexOf('\n', note.length - 2) + 1);

  test('joins the note, verified and alone', async () => {
    const note = await noteOf(treeOf(5));
    const [ours, theirs] = await Promise.all(
      [one, two].map(async (by) => lineOf(await cosignCheckpoint(note, { ...by, timestamp: 9 }))),
    );
    const joined = await addCosignature(note, `${theirs}${ours}`, one.verifier);
    expect(joined).toBe(`${note}${ours}`);
    expect(parseNote(joined).lines.map(({ name }) => name)).toEqual([ORIGIN, one.name]);
  });

  test('is refused where it is another’s, over another checkpoint, or no line', async () => {
    const note = await noteOf(treeOf(5));
    const other = await cosignCheckpoint(await noteOf(treeOf(6)), { ...one, timestamp: 9 });
    const foreign = await cosignCheckpoint(note, { ...two, timestamp: 9 });
    const refused = (reason: string) =>
      expect.objectContaining({ details: expect.objectContaining({ reason }) });
    await expect(addCosignature(note, lineOf(other), one.verifier)).rejects.toEqual(
      refused('bad_signature'),
    );
    await expect(addCosignature(note, lineOf(foreign), one.verifier)).rejects.toEqual(
      refused('no_known_signature'),
    );
    for (const text of ['', '\n', 'no line\n', `— ${one.name} ${toBase64(leafHash(''))}`]) {
      await expect(addCosignature(note, text, one.verifier)).rejects.toEqual(refused('malformed'));
    }
  });
});
