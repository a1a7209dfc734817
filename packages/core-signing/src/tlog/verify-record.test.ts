import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../bytes.js';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
import { formatConsistencyFile } from './consistency-file.js';
import { leafHash } from './hash.js';
import { parseNote } from './note-text.js';
import { cosignCheckpoint, signNote } from './sign-note.js';
import { type TestKey, testKey } from './test-keys.js';
import { formatTlogProof } from './tlog-proof.js';
import { createTree } from './tree.js';
import { verifyCheckpoint } from './verify-checkpoint.js';
import { verifyExtension } from './verify-extension.js';
import { verifyRecordInclusion } from './verify-record.js';

const ORIGIN = 'log.example/tenant-a';
const records = Array.from({ length: 9 }, (_, n) => utf8(`{"n":${n},"v":"spanforge.record.v1"}`));
const tree = createTree(records.map((record) => leafHash(record)));

let log: TestKey;
let witness: TestKey;
let anchor: { origin: string; verifiers: TestKey['verifier'][] };

beforeAll(async () => {
  log = await testKey('log', ORIGIN);
  witness = await testKey('witness', 'witness.example');
  anchor = { origin: ORIGIN, verifiers: [log.verifier, witness.verifier] };
});

const head = (size: number, root = tree.root(size), origin = ORIGIN) =>
  formatCheckpoint({ origin, size, root });
const sign = (size: number) => signNote(head(size), [log]);

async function proofOf(index: number, size = records.length): Promise<string> {
  const proof = tree.inclusionProof(index, size);
  return formatTlogProof({ index, proof, checkpoint: await sign(size) });
}

const verify = (recordBytes: Uint8Array, proofText: string, trust = anchor) =>
  verifyRecordInclusion({ recordBytes, proofText, ...trust });
const refused = (reason: string) => ({ ok: false, reason });

describe('a record with its proof', () => {
  test('is accepted at every index of every size', async () => {
    for (let size = 1; size <= records.length; size += 1) {
      for (let index = 0; index < size; index += 1) {
        expect(await verify(records[index]!, await proofOf(index, size))).toEqual({
          ok: true,
          index,
          size,
          root: tree.root(size),
          signers: [
            { name: ORIGIN, keyId: log.verifier.keyId, kid: log.verifier.key.kid, type: 1 },
          ],
        });
      }
    }
  });

  test('names the log first, then the witnesses', async () => {
    const note = await sign(9);
    const cosigned = await cosignCheckpoint(note, { ...witness, timestamp: 5 });
    const lines = cosigned.trimEnd().split('\n');
    const swapped = `${[...lines.slice(0, -2), lines.at(-1), lines.at(-2)].join('\n')}\n`;
    for (const checkpoint of [cosigned, swapped]) {
      const proof = tree.inclusionProof(2, 9);
      const result = await verify(records[2]!, formatTlogProof({ index: 2, proof, checkpoint }));
      expect(result).toMatchObject({
        ok: true,
        signers: [{ type: 1 }, { type: 4, name: 'witness.example', timestamp: 5 }],
      });
    }
  });

  test('T-13 is refused with the proof for another index', async () => {
    const text = await proofOf(3);
    expect(await verify(records[4]!, text)).toEqual(refused('inclusion_invalid'));
    for (const index of [0, 2, 4, 9, 10, Number.MAX_SAFE_INTEGER]) {
      const moved = text.replace('index 3', `index ${index}`);
      expect(await verify(records[3]!, moved)).toEqual(refused('inclusion_invalid'));
    }
    const beyond = text.replace('index 3', 'index 9007199254740992');
    expect(await verify(records[3]!, beyond)).toEqual(refused('proof_malformed'));
  });

  test('T-13 is refused with a swapped, short or long path, or in an empty tree', async () => {
    const checkpoint = await sign(9);
    const proof = tree.inclusionProof(3, 9);
    const bend = (path: readonly Uint8Array[]) =>
      verify(records[3]!, formatTlogProof({ index: 3, proof: path, checkpoint }));
    expect(await bend(proof)).toMatchObject({ ok: true });
    for (const path of [[], proof.toReversed(), proof.slice(1), [...proof, proof[0]!]]) {
      expect(await bend(path)).toEqual(refused('inclusion_invalid'));
    }
    const empty = formatTlogProof({ index: 0, proof: [], checkpoint: await sign(0) });
    expect(await verify(records[0]!, empty)).toEqual(refused('inclusion_invalid'));
  });

  test('T-14 is refused with the valid proof of a different record', async () => {
    for (const [shown, record] of records.entries()) {
      const result = await verify(record, await proofOf(5));
      expect(result.ok).toBe(shown === 5);
    }
    const respelled = utf8('{ "n":5,"v":"spanforge.record.v1"}');
    expect(await verify(respelled, await proofOf(5))).toEqual(refused('inclusion_invalid'));
  });

  test('T-15 is refused when it is two hashes of the tree', async () => {
    const pair = new Uint8Array(64);
    pair.set(tree.subtree(0, 1));
    pair.set(tree.subtree(1, 2), 32);
    const proof = tree.inclusionProof(0, 8).slice(1);
    const forged = formatTlogProof({ index: 0, proof, checkpoint: await sign(8) });
    expect(await verify(pair, forged)).toEqual(refused('inclusion_invalid'));
  });

  test('T-08 is refused under another origin or an unknown key', async () => {
    const text = await proofOf(1);
    const elsewhere = { ...anchor, origin: 'log.example/tenant-b' };
    expect(await verify(records[1]!, text, elsewhere)).toEqual(refused('origin_mismatch'));
    expect(await verify(records[1]!, text, { ...anchor, verifiers: [] })).toEqual(
      refused('untrusted_key'),
    );
    const stranger = await testKey('log', ORIGIN);
    expect(await verify(records[1]!, text, { ...anchor, verifiers: [stranger.verifier] })).toEqual(
      refused('untrusted_key'),
    );
  });

  test('is refused when only a witness, or a log under another name, signed', async () => {
    const other = await testKey('log', 'other.example');
    const both = { ...anchor, verifiers: [...anchor.verifiers, other.verifier] };
    const byOther = await signNote(head(9), [other]);
    expect(await verifyCheckpoint(byOther, both)).toEqual(refused('untrusted_key'));
    const cosigned = await cosignCheckpoint(byOther, { ...witness, timestamp: 5 });
    expect(await verifyCheckpoint(cosigned, anchor)).toEqual(refused('untrusted_key'));
    const namesake = await testKey('witness', ORIGIN);
    const byNamesake = await cosignCheckpoint(byOther, { ...namesake, timestamp: 5 });
    expect(
      await verifyCheckpoint(byNamesake, { ...anchor, verifiers: [namesake.verifier] }),
    ).toEqual(refused('untrusted_key'));
  });

  test('is refused for a text that is signed and no checkpoint', async () => {
    for (const body of ['prose\n', `${head(9)}extension\n`, head(9).replace('9', '09')]) {
      const note = await signNote(body, [log]);
      expect(await verifyCheckpoint(note, anchor)).toEqual(refused('checkpoint_malformed'));
    }
  });

  test('is refused after any flipped bit of record or proof file', async () => {
    const text = utf8(await proofOf(6));
    const record = records[6]!;
    const bend = (bytes: Uint8Array, seed: number) => {
      const copy = bytes.slice();
      copy[Math.floor(seed / 8) % copy.length]! ^= 1 << (seed % 8);
      return copy;
    };
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length * 8 - 1), async (bit) => {
        const bent = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bend(text, bit));
        expect((await verify(record, bent)).ok).toBe(false);
        const result = await verify(bend(record, bit), await proofOf(6));
        expect(result).toEqual(refused('inclusion_invalid'));
      }),
      { numRuns: 300 },
    );
  });

  test('is never accepted by swallowing an error', async () => {
    const broken = {
      ...log.verifier,
      key: { ...log.verifier.key, verify: () => Promise.reject(new Error('no crypto')) },
    };
    const trust = { ...anchor, verifiers: [broken] };
    await expect(verify(records[0]!, await proofOf(0), trust)).rejects.toThrow('no crypto');
  });

  test('any text is refused as a proof', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
        expect(await verify(records[0]!, text)).toEqual(refused('proof_malformed'));
      }),
    );
  });
});

describe('a newer checkpoint', () => {
  const since = (size: number) => parseCheckpoint(head(size));

  async function extend(from: number, note: string, oldSize = from, proof?: Uint8Array[]) {
    const { size } = parseCheckpoint(parseNote(note).body);
    const path = proof ?? (size >= from ? tree.consistencyProof(from, size) : []);
    const consistencyText = formatConsistencyFile({ oldSize, proof: path, checkpoint: note });
    return verifyExtension({ since: since(from), consistencyText, ...anchor });
  }

  test('is accepted when it extends the kept one', async () => {
    for (let size = 0; size <= 9; size += 1) {
      const note = await sign(size);
      for (let from = 0; from <= size; from += 1) {
        expect(await extend(from, note)).toMatchObject({ ok: true, checkpoint: { size } });
      }
    }
  });

  test('T-09 two signed checkpoints of one size with different roots are a fork', async () => {
    const forked = await signNote(head(7, leafHash('another history')), [log]);
    expect(await verifyCheckpoint(forked, anchor)).toMatchObject({ ok: true });
    expect(await extend(7, forked)).toEqual(refused('fork'));
    expect(await extend(5, forked)).toEqual(refused('consistency_invalid'));
  });

  test('T-10 an older checkpoint than the kept one is a rollback', async () => {
    expect(await extend(7, await sign(6))).toEqual(refused('rollback'));
    expect(await extend(7, await sign(0))).toEqual(refused('rollback'));
  });

  test('T-16 empty, long or foreign proofs and other sizes are refused', async () => {
    const note = await sign(9);
    expect(await extend(7, note, 7, [])).toEqual(refused('consistency_invalid'));
    expect(await extend(7, note, 7, [...tree.consistencyProof(6, 9)])).toEqual(
      refused('consistency_invalid'),
    );
    expect(await extend(7, note, 6)).toEqual(refused('size_mismatch'));
    expect(await extend(9, note, 9, [leafHash('x')])).toEqual(refused('consistency_invalid'));
    const consistencyText = `old 7\n${'AAAA\n'.repeat(64)}\n${note}`;
    expect(await verifyExtension({ since: since(7), consistencyText, ...anchor })).toEqual(
      refused('proof_malformed'),
    );
  });

  test('T-11 an edited or foreign checkpoint is refused', async () => {
    const note = await sign(9);
    const proof = tree.consistencyProof(7, 9);
    const show = (checkpoint: string, trust = anchor, kept = since(7)) =>
      verifyExtension({
        since: kept,
        consistencyText: formatConsistencyFile({ oldSize: 7, proof, checkpoint }),
        ...trust,
      });
    expect(await show(note)).toMatchObject({ ok: true });
    expect(await show(note.replace('\n9\n', '\n8\n'))).toEqual(refused('signature_invalid'));
    expect(await show(note.replace(/^log/, 'lag'))).toEqual(refused('signature_invalid'));
    expect(await show(note.replaceAll('\n', '\r\n'))).toEqual(refused('note_malformed'));
    const elsewhere = { ...anchor, origin: 'log.example/tenant-b' };
    expect(await show(note, elsewhere)).toEqual(refused('origin_mismatch'));
    const kept = { ...since(7), origin: 'log.example/tenant-b' };
    expect(await show(note, anchor, kept)).toEqual(refused('origin_mismatch'));
  });
});
