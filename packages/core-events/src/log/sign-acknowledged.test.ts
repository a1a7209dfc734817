import { generateSigningKey, leafHash, merkleRoot, toHex } from '@spanforge/core-signing';
import { describe, expect, it, vi } from 'vitest';
import { aDraft, aLog } from '../testing/fixtures.js';
import { createCheckpointer } from './checkpointer.js';
import { fsck } from './fsck.js';
import { createMemoryMark } from './high-water-mark.js';
import { createMemoryStore } from './memory-store.js';
import type { EvidenceStore, StoreLeafHashing } from './store.js';

const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });

/** What counts the reads of a store, and hashes its bytes again without them. */
function aStore() {
  const memory = createMemoryStore();
  const read = vi.fn(memory.read);
  const hashLeaves = vi.fn(async (first: number, count: number) => {
    const records = await memory.read(first, count);
    return Uint8Array.from(records.flatMap(({ bytes }) => [...leafHash(bytes)]));
  });
  // The memory store keeps the arrays it is given; a database has its own.
  const append: EvidenceStore['append'] = (groups) => memory.append(structuredClone(groups));
  const store: EvidenceStore & StoreLeafHashing = { ...memory, append, read, hashLeaves };
  return { store, memory, read, hashLeaves };
}

async function aSigner(store: EvidenceStore) {
  const log = await aLog({ store });
  const mark = createMemoryMark();
  const part = { store, origin: log.origin, signer, mark };
  const checkpointer = createCheckpointer({ ...part, holder: 'a' });
  const grow = (count: number) => log.append(Array.from({ length: count }, () => aDraft()));
  return { log, mark, part, checkpointer, grow };
}

const rootOf = async (store: EvidenceStore, size: number): Promise<string> =>
  toHex(merkleRoot((await store.read(0, size)).map(({ bytes }) => leafHash(bytes))));

describe('signing what was acknowledged', () => {
  it('does not read what this process appended, and signs the tree of what is stored', async () => {
    const { store, read, hashLeaves } = aStore();
    const { checkpointer, grow } = await aSigner(store);
    await checkpointer.checkpoint();
    await grow(3000);
    await grow(2);
    read.mockClear();
    const signed = await checkpointer.provable();
    expect(read).not.toHaveBeenCalled();
    expect(hashLeaves).toHaveBeenCalled();
    expect(signed.size).toBe(await store.size());
    expect(toHex(signed.root)).toBe(await rootOf(store, signed.size));
  });

  it.each(['bytes', 'leaf', 'bytes and leaf'])(
    'refuses, again and again, when %s of a record were changed between commit and signing',
    async (what) => {
      for (const signedBefore of [true, false]) {
        const { store, memory } = aStore();
        const { checkpointer, grow } = await aSigner(store);
        // Without a checkpoint of an empty log the refusal has no mark to be kept in.
        if (signedBefore) await grow(2);
        await checkpointer.checkpoint();
        await grow(5);
        const index = (await memory.size()) - 2;
        const [record] = await memory.read(index, 1);
        if (!record) throw new Error('no record');
        if (what.startsWith('bytes')) record.bytes[10]! ^= 4;
        if (what === 'leaf') record.leaf[0]! ^= 1;
        if (what === 'bytes and leaf') record.leaf.set(leafHash(record.bytes));
        const refused = {
          code: 'EVENTS_LOG_FROZEN',
          details: { reason: 'leaf_mismatch', index },
        };
        await expect(checkpointer.checkpoint()).rejects.toMatchObject(refused);
        await expect(checkpointer.checkpoint()).rejects.toMatchObject(refused);
      }
    },
  );

  it('refuses when acknowledged records are gone', async () => {
    const { store } = aStore();
    const { checkpointer, grow } = await aSigner(store);
    await grow(2);
    await checkpointer.checkpoint();
    await grow(5);
    const size = await store.size();
    const short: EvidenceStore & Partial<StoreLeafHashing> = Object.assign(store, {
      leaves: async () => new Uint8Array(32),
      hashLeaves: async () => new Uint8Array(32),
    });
    expect(await short.size()).toBe(size);
    await expect(checkpointer.checkpoint()).rejects.toMatchObject({ code: 'EVENTS_LOG_FROZEN' });
  });

  it('reads what other processes appended in between', async () => {
    const { store, memory, read } = aStore();
    const { log, checkpointer, grow } = await aSigner(store);
    const other = await aLog({ store: { ...memory, close: async () => undefined } });
    await checkpointer.checkpoint();
    const sizes: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await grow(3);
      sizes.push(await store.size());
      await other.append([aDraft(), aDraft()]);
      if (round % 2 === 1) {
        read.mockClear();
        const { size, root } = await checkpointer.checkpoint();
        expect(size).toBe(await store.size());
        const signing = read.mock.calls.filter(([, count]) => count === 2);
        expect(signing.map(([first]) => first)).toEqual(sizes.slice(-2));
        expect(toHex(root)).toBe(await rootOf(store, size));
      }
    }
    expect((await fsck({ log })).findings).toEqual([]);
  });

  it('reads what another signer left behind, and what was appended before it signed', async () => {
    const { store } = aStore();
    const { part, mark, log, checkpointer, grow } = await aSigner(store);
    await grow(4);
    await checkpointer.checkpoint();
    await grow(4);
    // The process dies between its commit and its checkpoint: the next one has nothing in memory.
    const { store: _, ...rest } = part;
    const fresh = { ...store };
    const next = createCheckpointer({ store: fresh, ...rest, holder: 'b' });
    const signed = await next.checkpoint();
    expect(toHex(signed.root)).toBe(await rootOf(store, signed.size));
    await grow(4);
    const last = await checkpointer.checkpoint();
    expect(toHex(last.root)).toBe(await rootOf(store, last.size));
    expect((await fsck({ log, mark })).findings).toEqual([]);
  });

  it('goes on from memory or bytes after a failed attempt', async () => {
    const { store, hashLeaves } = aStore();
    const { checkpointer, grow } = await aSigner(store);
    await grow(4);
    await checkpointer.checkpoint();
    await grow(4);
    hashLeaves.mockRejectedValueOnce(new Error('the disk is busy'));
    await expect(checkpointer.checkpoint()).rejects.toThrow('the disk is busy');
    await grow(1);
    const { size, root } = await checkpointer.checkpoint();
    expect(size).toBe(await store.size());
    expect(toHex(root)).toBe(await rootOf(store, size));
  });
});
