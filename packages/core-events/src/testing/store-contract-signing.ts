import { generateSigningKey, leafHash, toHex, utf8 } from '@spanforge/core-signing';
import { type Checkpointer, createCheckpointer } from '../log/checkpointer.js';
import { createMemoryMark } from '../log/high-water-mark.js';
import { createMemoryStore } from '../log/memory-store.js';
import { createProver } from '../log/prover.js';
import type { EvidenceStore, StoreRecord } from '../log/store.js';
import { aStoreRecord, type StoreContractOptions, withStore } from './store-contract.js';

/** Sizes that are signed: in the first segment of the index, over its end, and beyond. */
const SIZES = [5, 8197, 8200] as const;
const AT_ONCE = 1024;

function aSignedRecord(n: number): StoreRecord {
  const bytes = utf8(`{"n":${n},"trace_id":"trace-${n}"}`);
  return aStoreRecord(n, { bytes, leaf: leafHash(bytes), terms: [`trace:trace-${n}`] });
}

async function grow(store: EvidenceStore, to: number): Promise<void> {
  for (let at = await store.size(); at < to; at = await store.size()) {
    const count = Math.min(AT_ONCE, to - at);
    const records = Array.from({ length: count }, (_, each) => aSignedRecord(at + each));
    await store.append([{ records }]);
  }
}

async function signed(checkpointer: Checkpointer) {
  const { size, root, index } = await checkpointer.provable();
  const trees = index.trees.map(({ first, end, entries, root }) => [
    ...[first, end, entries],
    toHex(root),
  ]);
  return { size, root: toHex(root), trees };
}

/** What signing keeps in a store: tiles, checkpoints and the trees of the index. */
export function signingContract(options: StoreContractOptions): void {
  const { it, expect, persistent } = options;
  it('keeps what signing needs: the next signer goes on from it, to the same tree and index', () =>
    withStore(options, async (under) => {
      const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
      const parts = { origin: 'example.com/log', signer };
      const model = { ...parts, store: createMemoryStore(), mark: createMemoryMark() };
      const mark = createMemoryMark();
      let { store } = under;
      for (const [at, size] of SIZES.entries()) {
        if (at > 0 && persistent) store = await under.reopen();
        await grow(store, size);
        await grow(model.store, size);
        const holder = `signer-${at}`;
        const next = createCheckpointer({ ...parts, store, mark, holder });
        const expected = await signed(createCheckpointer({ ...model, holder }));
        expect(await signed(next)).toEqual(expected);
        expect((await next.latest())?.size).toEqual(size);
        expect(toHex(await createProver(store).root(size))).toEqual(expected.root);
      }
      const names = await store.listDerived('');
      expect(names).toEqual(await model.store.listDerived(''));
      // Ed25519 signs the same bytes the same way: every value must be that of the memory store.
      for (const name of names) {
        const [value, expected] = [
          await store.getDerived(name),
          await model.store.getDerived(name),
        ];
        expect(value && toHex(value)).toEqual(expected && toHex(expected));
      }
    }));
}
