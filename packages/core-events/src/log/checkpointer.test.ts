import {
  createNoteVerifier,
  generateSigningKey,
  importVerificationKey,
  leafHash,
  merkleRoot,
  openNote,
  parseCheckpoint,
  toHex,
  verifyConsistency,
  verifyInclusion,
} from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { aDraft, aLog } from '../testing/fixtures.js';
import { createCheckpointer } from './checkpointer.js';
import { fsck } from './fsck.js';
import { createMemoryMark } from './high-water-mark.js';
import { createMemoryStore } from './memory-store.js';
import { createProver } from './prover.js';
import { tileKey } from './tiles.js';

async function signedLog() {
  const store = createMemoryStore();
  const log = await aLog({ store });
  const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const mark = createMemoryMark();
  const checkpointer = createCheckpointer({ store, origin: log.origin, signer, mark, holder: 'a' });
  const grow = async (count: number): Promise<void> => {
    await log.append(Array.from({ length: count }, () => aDraft()));
  };
  return { store, log, signer, mark, checkpointer, grow };
}

describe('the checkpointer', () => {
  it('signs growth, and its proofs hold at every size it signed', async () => {
    const { store, log, signer, checkpointer, grow } = await signedLog();
    const prover = createProver(store);
    const verifier = createNoteVerifier(log.origin, importVerificationKey(signer.publicJwk, 'log'));
    const signed = [];
    for (const count of [1, 5, 248, 1, 255, 300, 2]) {
      await grow(count);
      signed.push(await checkpointer.checkpoint());
    }
    const leaves = (await store.read(0, 5000)).map((record) => record.leaf);
    for (const { size, root, note } of signed) {
      const { body } = await openNote(note, [verifier]);
      expect(parseCheckpoint(body)).toMatchObject({ origin: log.origin, size });
      expect(toHex(root)).toBe(toHex(merkleRoot(leaves.slice(0, size))));
      expect(toHex(await prover.root(size))).toBe(toHex(root));
      for (const index of [0, 1, 255, 256, 257, 511, size - 1].filter((one) => one < size)) {
        const leaf = leaves[index] as Uint8Array;
        const proof = await prover.inclusion(index, size);
        expect(verifyInclusion({ index, size, leaf, proof, root })).toBe(true);
      }
      for (const older of signed.filter((one) => one.size <= size)) {
        const proof = await prover.consistency(older.size, size);
        const sizes = { size1: older.size, size2: size, root1: older.root, root2: root };
        expect(verifyConsistency({ ...sizes, proof })).toBe(true);
      }
    }
    expect((await checkpointer.latest())?.note).toBe(signed.at(-1)?.note);
    expect((await fsck({ log })).findings).toEqual([]);
  });

  it('signs nothing more once stored bytes differ from their leaf, even after repair', async () => {
    const { store, checkpointer, grow } = await signedLog();
    await grow(3);
    await checkpointer.checkpoint();
    await grow(3);
    const record = (await store.read(5, 1))[0];
    if (!record) throw new Error('no record');
    record.bytes[10] = (record.bytes[10] ?? 0) ^ 4;
    const refused = { code: 'EVENTS_LOG_FROZEN', details: { reason: 'leaf_mismatch', index: 5 } };
    await expect(checkpointer.checkpoint()).rejects.toMatchObject(refused);
    record.bytes[10] = (record.bytes[10] ?? 0) ^ 4;
    await expect(checkpointer.checkpoint()).rejects.toMatchObject(refused);
  });

  it('notices a history that was rewritten consistently, and a log that was rolled back', async () => {
    const { log, store, checkpointer, signer, mark, grow } = await signedLog();
    await grow(5);
    await checkpointer.checkpoint();
    const record = (await store.read(2, 1))[0];
    if (!record) throw new Error('no record');
    record.bytes[10] = (record.bytes[10] ?? 0) ^ 4;
    record.leaf.set(leafHash(record.bytes));
    await grow(1);
    await expect(checkpointer.checkpoint()).rejects.toMatchObject({
      details: { reason: 'history_changed' },
    });
    const codes = (await fsck({ log, mark })).findings.map((finding) => finding.code);
    expect(codes).toEqual(
      expect.arrayContaining(['hmac_mismatch', 'checkpoint_mismatch', 'mark_mismatch']),
    );
    const restored = createCheckpointer({
      store: (await aLog()).store,
      origin: log.origin,
      signer,
      mark: {
        load: async () => ({ ...(await mark.load()), frozen: undefined }) as never,
        save: mark.save,
      },
      holder: 'b',
    });
    await expect(restored.checkpoint()).rejects.toMatchObject({
      details: { reason: 'rolled_back' },
    });
  });

  it('signs nothing over a mark that was set back, whoever asks', async () => {
    const { store, checkpointer, signer, mark, grow, log } = await signedLog();
    await grow(3);
    await checkpointer.checkpoint();
    const earlier = await mark.load();
    await grow(3);
    const { note } = await checkpointer.checkpoint();
    if (!earlier) throw new Error('no mark');
    await mark.save(earlier);
    const another = createCheckpointer({ store, origin: log.origin, signer, mark, holder: 'b' });
    for (const sign of [another.checkpoint, another.provable, checkpointer.checkpoint]) {
      await expect(sign()).rejects.toMatchObject({
        code: 'EVENTS_LOG_FROZEN',
        details: { reason: 'mark_rolled_back', index: earlier.size },
      });
    }
    expect(await mark.load()).toEqual(earlier);
    expect((await checkpointer.latest())?.note).toBe(note);
  });

  it('lets one holder sign at a time', async () => {
    const { store, checkpointer, grow } = await signedLog();
    await grow(1);
    await store.lease('checkpoint', 'somebody', Date.now(), 60_000);
    await expect(checkpointer.checkpoint()).rejects.toMatchObject({ code: 'EVENTS_LEASE_HELD' });
  });

  it('leaves the mark of another signer that went on while it had lost its lease', async () => {
    const { store, log, signer, mark, grow } = await signedLog();
    const parts = { store, origin: log.origin, signer };
    await grow(3);
    // Of another start of the machine: its lease is another one, as if the first had run out unnoticed.
    const leaseClock = { boot: 'other', now: () => 0 };
    const second = createCheckpointer({ ...parts, mark, holder: 'b', leaseClock });
    const slow = {
      ...mark,
      replace: async (...given: Parameters<typeof mark.replace>) => {
        await grow(4);
        await second.checkpoint();
        return mark.replace(...given);
      },
    };
    const first = createCheckpointer({ ...parts, mark: slow, holder: 'a' });
    await expect(first.checkpoint()).rejects.toMatchObject({ code: 'EVENTS_LEASE_HELD' });
    const size = await store.size();
    expect((await mark.load())?.size).toBe(size);
    expect((await second.latest())?.size).toBe(size);
    const again = createCheckpointer({ ...parts, mark, holder: 'a' });
    expect((await again.checkpoint()).size).toBe(size);
  });

  it('goes on after it was killed between keeping the mark and storing the checkpoint', async () => {
    const { store, log, signer, mark, grow } = await signedLog();
    let killed = true;
    const dying = {
      ...store,
      putDerived: async (entries: Parameters<typeof store.putDerived>[0]) => {
        if (killed) throw new Error('killed');
        return store.putDerived(entries);
      },
    };
    const { origin } = log;
    const checkpointer = createCheckpointer({ store: dying, origin, signer, mark, holder: 'a' });
    await grow(700);
    await expect(checkpointer.checkpoint()).rejects.toThrow('killed');
    expect((await mark.load())?.size).toBe(701);
    killed = false;
    expect((await checkpointer.checkpoint()).size).toBe(701);
    await grow(600);
    await checkpointer.checkpoint();
    await grow(1);
    expect((await checkpointer.checkpoint()).size).toBe(1302);
    expect((await fsck({ log, mark })).findings).toEqual([]);
  });

  it.each([
    ['lost', new Uint8Array(0)],
    ['cut short', new Uint8Array(32)],
    ['overwritten', new Uint8Array(64)],
  ])('makes tiles again that were %s, and freezes nothing', async (_, tile) => {
    const { store, log, mark, checkpointer, grow } = await signedLog();
    await grow(600);
    await checkpointer.checkpoint();
    await store.putDerived([[tileKey(1, 0), tile]]);
    await grow(600);
    await checkpointer.checkpoint();
    expect((await fsck({ log, mark })).findings).toEqual([]);
  });

  it('T-26: a bit that flips on its way to the store is caught before anything is signed', async () => {
    const memory = createMemoryStore();
    let flip = false;
    const store = {
      ...memory,
      append: (groups: Parameters<typeof memory.append>[0]) => {
        if (flip) groups[0]!.records[0]!.bytes[30]! ^= 4;
        return memory.append(groups);
      },
    };
    const log = await aLog({ store });
    const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
    const mark = createMemoryMark();
    const { origin } = log;
    const checkpointer = createCheckpointer({ store, origin, signer, mark, holder: 'a' });
    await checkpointer.checkpoint();
    flip = true;
    await log.append([aDraft()]);
    await expect(checkpointer.checkpoint()).rejects.toMatchObject({
      code: 'EVENTS_LOG_FROZEN',
      details: { reason: 'leaf_mismatch', index: 1 },
    });
    expect((await checkpointer.latest())?.size).toBe(1);
  });

  it('T-25: refuses to sign once a leaf below the mark was changed', async () => {
    const { store, checkpointer, grow } = await signedLog();
    await grow(400);
    await checkpointer.checkpoint();
    await grow(1);
    const [record] = await store.read(390, 1);
    record!.leaf[0]! ^= 1;
    await expect(checkpointer.checkpoint()).rejects.toMatchObject({ code: 'EVENTS_LOG_FROZEN' });
  });

  it('N-07: signs nothing when its mark is gone and checkpoints are there', async () => {
    const { store, log, signer, checkpointer, grow } = await signedLog();
    await grow(300);
    await checkpointer.checkpoint();
    const { origin } = log;
    const mark = createMemoryMark();
    const again = createCheckpointer({ store, origin, signer, mark, holder: 'a' });
    await expect(again.checkpoint()).rejects.toMatchObject({ details: { reason: 'mark_missing' } });
    expect(await mark.load()).toBeUndefined();
  });

  it('does not freeze the log of another for being given its mark', async () => {
    const { store, log, signer, mark, checkpointer, grow } = await signedLog();
    await grow(1);
    await checkpointer.checkpoint();
    const origin = 'example.com/other';
    const mistaken = createCheckpointer({ store, origin, signer, mark, holder: 'a' });
    await expect(mistaken.checkpoint()).rejects.toMatchObject({ code: 'EVENTS_OPTIONS_INVALID' });
    await grow(1);
    expect((await checkpointer.checkpoint()).size).toBe(await log.size());
  });

  it('covers what was durable at the call, even while it signs already', async () => {
    const { log, checkpointer, grow } = await signedLog();
    await grow(1);
    const first = checkpointer.checkpoint();
    await grow(1);
    expect((await checkpointer.checkpoint()).size).toBe(await log.size());
    await first;
  });

  it('stops when its lease was taken over, and gives it back when it is done', async () => {
    const { store, log, signer, mark, grow } = await signedLog();
    let now = 0;
    const { origin } = log;
    const slow = {
      ...store,
      read: async (first: number, count: number) => {
        now += 20_000;
        await store.lease('checkpoint', 'b', now, 10_000);
        return store.read(first, count);
      },
    };
    const parts = { origin, signer, mark, clock: () => now };
    await grow(1);
    const late = createCheckpointer({ ...parts, store: slow, holder: 'a' });
    await expect(late.checkpoint()).rejects.toMatchObject({ code: 'EVENTS_LEASE_HELD' });
    expect(await mark.load()).toBeUndefined();
    now += 20_000;
    await createCheckpointer({ ...parts, store, holder: 'a' }).checkpoint();
    await createCheckpointer({ ...parts, store, holder: 'b' }).checkpoint();
  });
});
