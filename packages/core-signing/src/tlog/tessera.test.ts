import { describe, expect, test } from 'vitest';
import { fromUtf8, toHex } from '../bytes.js';
import { parseCheckpoint } from './checkpoint.js';
import { formatEntryBundle, parseEntryBundle } from './entry-bundle.js';
import { createFrontier } from './frontier.js';
import { leafHash } from './hash.js';
import { parseNote } from './note-text.js';
import { testData } from './test-data.js';
import { entriesPath, tileBytes, tilePath } from './tile.js';
import { rootFromTiles } from './tile-root.js';
import { createTree } from './tree.js';
import { verifyConsistency, verifyInclusion } from './verify.js';
import { verifyCheckpoint } from './verify-checkpoint.js';
import { parseVkey } from './vkey.js';

const data = testData('vectors/tessera/testdata/log');
const SIZES = Array.from({ length: 16 }, (_, size) => size);
// The public key is not part of the data; Tessera publishes it for this log of test entries.
const VKEY = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';
const ORIGIN = 'example.com/log/testdata';

const checkpointAt = (size: number) => data.text(`checkpoint.${size}`);
const headAt = (size: number) => parseCheckpoint(parseNote(checkpointAt(size)).body);

describe.skipIf(!data.there)('the log of Tessera, in C2SP tlog-tiles', () => {
  const entries = data.there ? parseEntryBundle(data.bytes(entriesPath(0, 15))) : [];
  const leaves = entries.map((entry) => leafHash(entry));
  const tree = createTree(leaves);

  test('has 15 entries', () => {
    expect(entries).toHaveLength(15);
    expect(entries.slice(0, 3).map(fromUtf8)).toEqual(['one', 'two', 'three']);
  });

  test('checkpoints 0 to 15 have the roots of their entries', () => {
    const frontier = createFrontier();
    for (const size of SIZES) {
      const head = headAt(size);
      expect([head.origin, head.size]).toEqual([ORIGIN, size]);
      expect(toHex(frontier.root())).toBe(toHex(head.root));
      expect(toHex(tree.root(size))).toBe(toHex(head.root));
      const next = leaves[size];
      if (next !== undefined) frontier.append(next);
    }
    expect(data.text('checkpoint')).toBe(checkpointAt(15));
  });

  test('bundles and tiles of every size are byte for byte ours', () => {
    for (const width of SIZES.slice(1)) {
      const bundle = data.bytes(entriesPath(0, width));
      expect(parseEntryBundle(bundle)).toEqual(entries.slice(0, width));
      expect(formatEntryBundle(entries.slice(0, width))).toEqual(bundle);
      const tile = data.bytes(tilePath(0, 0, width));
      expect(tileBytes({ level: 0, index: 0, width }, tree.subtree)).toEqual(tile);
      const held = leaves.slice(0, width).map((leaf, index) => ({ index, leaf }));
      const root = rootFromTiles({ size: width, readTile: () => tile, leaves: held });
      expect(toHex(root)).toBe(toHex(headAt(width).root));
    }
  });

  test('every signature verifies, under its own origin only', async () => {
    const verifiers = [parseVkey(VKEY)];
    for (const size of SIZES) {
      const note = checkpointAt(size);
      const result = await verifyCheckpoint(note, { origin: ORIGIN, verifiers });
      expect(result).toMatchObject({ ok: true, signers: [{ name: ORIGIN, type: 1 }] });
      expect(await verifyCheckpoint(note, { origin: `${ORIGIN}/x`, verifiers })).toEqual({
        ok: false,
        reason: 'origin_mismatch',
      });
      const bent = note.replace(`\n${size}\n`, `\n${size + 1}\n`);
      expect(await verifyCheckpoint(bent, { origin: ORIGIN, verifiers })).toEqual({
        ok: false,
        reason: 'signature_invalid',
      });
    }
  });

  test('proofs made here verify against its signed roots', () => {
    for (const size of SIZES) {
      const { root } = headAt(size);
      for (const older of SIZES.slice(0, size + 1)) {
        const proof = tree.consistencyProof(older, size);
        const roots = { root1: headAt(older).root, root2: root };
        expect(verifyConsistency({ size1: older, size2: size, ...roots, proof })).toBe(true);
      }
      for (const [index, leaf] of leaves.slice(0, size).entries()) {
        const proof = tree.inclusionProof(index, size);
        expect(verifyInclusion({ index, size, leaf, proof, root })).toBe(true);
      }
    }
  });
});
