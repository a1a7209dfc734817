import {
  createNoteVerifier,
  generateSigningKey,
  INDEX_SEGMENT,
  leafHash,
  openNote,
  parseCheckpoint,
  toHex,
  toVerificationKey,
  utf8,
  verifyConsistency,
} from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { aDraft, testSecret } from '../testing/fixtures.js';
import { CHECKPOINT_PREFIX, LATEST_CHECKPOINT } from './checkpoint-store.js';
import { createCheckpointer, type ProvableCheckpoint } from './checkpointer.js';
import { fsck } from './fsck.js';
import { createMemoryMark, type HighWaterMarkKeeper } from './high-water-mark.js';
import { LATEST_INDEX_HEAD } from './index/index-head.js';
import { createMemoryStore } from './memory-store.js';
import { createProver } from './prover.js';
import { openSignedLog, type SignedLogOptions } from './signed-log.js';
import type { EvidenceStore, StoredRecord } from './store.js';

const origin = 'example.com/log';
const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const logKey = createNoteVerifier(origin, toVerificationKey(signer));
const never = new Promise<never>(() => undefined);

const FAULTS = ['throws before', 'throws after', 'hangs before', 'hangs after'] as const;
type Fault = (typeof FAULTS)[number];

/** Counts the calls of a store and a mark while armed, and lets one of them fail. */
function createFaults() {
  let [armed, calls, at] = [false, 0, -1];
  let fault: Fault = 'throws before';
  let onHang = (): void => undefined;
  const hung = new Promise<void>((resolve) => {
    onHang = resolve;
  });
  const through = async <Answer>(run: () => Promise<Answer>): Promise<Answer> => {
    if (!armed) return run();
    calls += 1;
    if (calls - 1 !== at) return run();
    if (fault.endsWith('after')) await run();
    if (fault.startsWith('throws')) throw new Error(fault);
    onHang();
    return never;
  };
  return {
    hung,
    calls: () => calls,
    arm(index: number, what: Fault) {
      [armed, calls, at, fault] = [true, 0, index, what];
    },
    disarm() {
      armed = false;
    },
    /** Every call of the port but `append`, which is not the signer's, and `close`. */
    store: (inner: EvidenceStore): EvidenceStore => ({
      ...inner,
      size: () => through(() => inner.size()),
      read: (first, count) => through(() => inner.read(first, count)),
      leaves: (first, count) => through(() => inner.leaves(first, count)),
      find: (query) => through(() => inner.find(query)),
      getDerived: (key) => through(() => inner.getDerived(key)),
      putDerived: (entries) => through(() => inner.putDerived(entries)),
      listDerived: (prefix) => through(() => inner.listDerived(prefix)),
      lease: (...args) => through(() => inner.lease(...args)),
      close: async () => undefined,
    }),
    mark: (inner: HighWaterMarkKeeper): HighWaterMarkKeeper => ({
      load: () => through(() => inner.load()),
      save: (mark) => through(() => inner.save(mark)),
    }),
  };
}

/** Every checkpoint that anybody could have seen: those returned, and those in the store. */
async function releasedNotes(store: EvidenceStore): Promise<readonly string[]> {
  const keys = await store.listDerived(CHECKPOINT_PREFIX);
  const values = await Promise.all(keys.map((key) => store.getDerived(key)));
  return values.flatMap((bytes, at) =>
    keys[at] === LATEST_CHECKPOINT || !bytes ? [] : [new TextDecoder().decode(bytes)],
  );
}

async function expectNoFork(
  store: EvidenceStore,
  notes: readonly string[],
  last: { readonly size: number; readonly root: Uint8Array },
): Promise<void> {
  for (const note of notes) {
    const { size, root } = parseCheckpoint((await openNote(note, [logKey])).body);
    const proof = await createProver(store).consistency(size, last.size);
    const sizes = { size1: size, size2: last.size, root1: root, root2: last.root };
    expect(verifyConsistency({ ...sizes, proof })).toBe(true);
  }
}

describe('signing that fails at one call', () => {
  const open = (
    store: EvidenceStore,
    mark: HighWaterMarkKeeper,
    now: () => number,
    more: Partial<SignedLogOptions> = {},
  ) =>
    openSignedLog({
      store: { ...store, close: async () => undefined },
      origin,
      writer: 'test',
      hmac: testSecret,
      signer,
      mark,
      leaseClock: { boot: 'boot', now },
      checkpointEveryMs: 0,
      ...more,
    });

  const drafts = (count: number) => Array.from({ length: count }, () => aDraft());

  /** One process whose signing fails at a call, then another. Answers the calls there were. */
  async function attempt(signedBefore: boolean, at: number, fault: Fault): Promise<number> {
    const store = createMemoryStore();
    const mark = createMemoryMark();
    const faults = createFaults();
    let now = 0;
    const first = await open(faults.store(store), faults.mark(mark), () => now);
    const acknowledged: string[] = [];
    const append = async (log: typeof first, count: number): Promise<void> => {
      acknowledged.push(...(await log.append(drafts(count))).ids);
    };
    const notes: string[] = [];
    await append(first, 3);
    if (signedBefore) notes.push((await first.checkpointer.checkpoint()).note);
    await append(first, 300);

    faults.arm(at, fault);
    const signing = first.checkpointer.provable().then(
      ({ note }) => void notes.push(note),
      () => undefined,
    );
    // Answered while the signing is under way, has failed, or hangs.
    await append(first, 1);
    await Promise.race([signing, faults.hung]);
    await append(first, 1);
    const calls = faults.calls();
    faults.disarm();
    if (fault.startsWith('throws')) {
      // The same process goes on.
      notes.push((await first.checkpointer.checkpoint()).note);
    }

    now += 10_001;
    const second = await open(store, mark, () => now);
    expect(second.status().refusal).toBeUndefined();
    await append(second, 1);
    const last = await second.checkpointer.provable();
    expect(last.size).toBe(1 + acknowledged.length);
    const ids: string[] = [];
    for (const stored of await store.read(0, last.size)) {
      const decoded = second.decode(stored);
      if (decoded.ok) ids.push(decoded.record.id);
    }
    expect(ids.slice(1)).toEqual(acknowledged);
    await expectNoFork(store, [...notes, ...(await releasedNotes(store))], last);
    expect((await fsck({ log: second, mark, logKey })).findings).toEqual([]);
    return calls;
  }

  it.each([
    ['the first checkpoint', false],
    ['a later checkpoint', true],
  ])(
    'loses and forks nothing, and the next start continues: %s',
    async (_, signedBefore) => {
      const calls = await attempt(signedBefore, -1, 'throws before');
      expect(calls).toBeGreaterThan(8);
      for (let at = 0; at < calls; at += 1) {
        for (const fault of FAULTS) await attempt(signedBefore, at, fault);
      }
    },
    60_000,
  );

  it('does not keep a log from closing, and says so', async () => {
    const [store, mark, faults] = [createMemoryStore(), createMemoryMark(), createFaults()];
    const told: unknown[] = [];
    const log = await open(faults.store(store), faults.mark(mark), () => 0, {
      checkpointEveryMs: 60_000,
      signWithinMs: 20,
      onSigningError: (error) => told.push(error),
    });
    await log.append(drafts(1));
    faults.arm(0, 'hangs before');
    await log.close();
    expect(told).toMatchObject([{ code: 'EVENTS_STORE_UNAVAILABLE' }]);
    expect(log.status()).toMatchObject({ signingError: 'EVENTS_STORE_UNAVAILABLE' });
  });
});

describe('a signer that is killed while it merges', () => {
  const SIZE = 4 * INDEX_SEGMENT + 5;
  const BEFORE = 3 * INDEX_SEGMENT + 7;
  const records: readonly StoredRecord[] = Array.from({ length: SIZE }, (_, index) => {
    const bytes = utf8(`{"n":${index},"trace_id":"trace-${index % 300}"}`);
    return { index, bytes, leaf: leafHash(bytes) };
  });

  /** A view of the first records, with derived values and leases of its own. */
  function viewOf(size: number, derived: ReadonlyMap<string, Uint8Array>) {
    const memory = createMemoryStore();
    const kept = new Map(derived);
    const store: EvidenceStore = {
      ...memory,
      size: async () => size,
      read: async (first, count) => records.slice(first, Math.min(size, first + count)),
      leaves: async (first, count) =>
        Buffer.concat(records.slice(first, Math.min(size, first + count)).map(({ leaf }) => leaf)),
      getDerived: async (key) => kept.get(key),
      putDerived: async (entries) => {
        for (const [key, value] of entries) kept.set(key, value.slice());
      },
      listDerived: async (prefix) =>
        [...kept.keys()].filter((key) => key.startsWith(prefix)).sort(),
    };
    return { store, derived: kept };
  }

  const indexOf = ({ index }: ProvableCheckpoint) =>
    index.trees.map(({ first, end, entries, root }) => [first, end, entries, toHex(root)]);

  it('continues with the next start, to the same tree and the same index', async () => {
    const begun = viewOf(BEFORE, new Map());
    const mark = createMemoryMark();
    const parts = { origin, signer, leaseMs: 10_000 };
    const { store } = begun;
    const earlier = await createCheckpointer({ ...parts, store, mark, holder: 'a' }).provable();
    const markBefore = await mark.load();

    const run = async (at: number, fault: Fault) => {
      const faults = createFaults();
      const view = viewOf(SIZE, begun.derived);
      const ownMark = createMemoryMark();
      if (markBefore) await ownMark.save(markBefore);
      let now = 0;
      const clock = () => now;
      // Reads change nothing: what is killed is a write, before it or after it.
      const writes = faults.store(view.store);
      const { putDerived, lease } = writes;
      const { save } = faults.mark(ownMark);
      const killed = createCheckpointer({
        ...parts,
        clock,
        store: { ...view.store, putDerived, lease },
        mark: { load: ownMark.load, save },
        holder: 'a',
      });
      faults.arm(at, fault);
      await Promise.race([killed.provable().catch(() => undefined), faults.hung]);
      now += 10_001;
      const next = createCheckpointer({
        ...parts,
        clock,
        store: view.store,
        mark: ownMark,
        holder: 'b',
      });
      const signed = await next.provable();
      const notes = [earlier.note, ...(await releasedNotes(view.store))];
      await expectNoFork(view.store, notes, signed);
      return { calls: faults.calls(), index: indexOf(signed), root: toHex(signed.root) };
    };

    const { calls, index, root } = await run(-1, 'throws before');
    expect(calls).toBeGreaterThan(4);
    expect(index[0]?.slice(0, 3)).toEqual([0, 4 * INDEX_SEGMENT, 300]);
    for (let at = 0; at < calls; at += 1) {
      for (const fault of ['hangs before', 'hangs after'] as const) {
        expect(await run(at, fault)).toMatchObject({ index, root });
      }
    }
  }, 120_000);
});

describe('what cannot be read is told', () => {
  const open = (
    store: EvidenceStore,
    mark: HighWaterMarkKeeper,
    more: Partial<SignedLogOptions> = {},
  ) =>
    openSignedLog({
      store: { ...store, close: async () => undefined },
      origin,
      writer: 'test',
      hmac: testSecret,
      signer,
      mark,
      checkpointEveryMs: 0,
      ...more,
    });

  async function signedStore() {
    const [store, mark] = [createMemoryStore(), createMemoryMark()];
    const log = await open(store, mark);
    await log.append([aDraft()]);
    await log.checkpointer.provable();
    await log.close();
    return { store, mark };
  }

  const damaged: readonly (readonly [string, Uint8Array | undefined])[] = [
    ['unreadable', utf8('{')],
    ['gone', undefined],
  ];

  /** The store with its latest checkpoint replaced, until somebody writes it again. */
  function withLatest(store: EvidenceStore, bytes: Uint8Array | undefined): EvidenceStore {
    let mended = false;
    return {
      ...store,
      getDerived: async (key) =>
        key === LATEST_CHECKPOINT && !mended ? bytes : store.getDerived(key),
      putDerived: async (entries) => {
        mended ||= entries.some(([key]) => key === LATEST_CHECKPOINT);
        await store.putDerived(entries);
      },
    };
  }

  it.each(damaged)('a latest checkpoint that is %s, until it is signed again', async (_, bytes) => {
    const { store, mark } = await signedStore();
    const told: unknown[] = [];
    const onSigningError = (error: unknown) => told.push(error);
    const log = await open(withLatest(store, bytes), mark, { onSigningError });
    expect(told).toMatchObject([{ code: 'EVENTS_STORE_INVALID' }]);
    expect(log.status()).toMatchObject({ signingError: 'EVENTS_STORE_INVALID' });
    expect(log.status().refusal).toBeUndefined();
    await log.checkpointer.checkpoint();
    expect(log.status().signingError).toBeUndefined();
    expect(await log.checkpointer.latest()).toMatchObject({ size: 2 });
  });

  it.each(damaged)(
    'a log does not begin anew when its mark is gone and it is %s',
    async (_, bytes) => {
      const { store } = await signedStore();
      const log = await open(withLatest(store, bytes), createMemoryMark());
      expect(log.status().refusal).toBe('mark_missing');
      await expect(log.append([aDraft()])).rejects.toMatchObject({ code: 'EVENTS_LOG_FROZEN' });
      await expect(log.checkpointer.checkpoint()).rejects.toMatchObject({
        details: { reason: 'mark_missing' },
      });
    },
  );

  it('it is signed again by itself while the log is open', async () => {
    const { store, mark } = await signedStore();
    let told = 0;
    const log = await open(withLatest(store, utf8('{')), mark, {
      checkpointEveryMs: 5,
      onSigningError: () => {
        told += 1;
      },
    });
    await expect.poll(() => log.status().signingError).toBeUndefined();
    expect(told).toBeGreaterThan(0);
    expect(await log.checkpointer.latest()).toMatchObject({ size: 2 });
    await log.close();
  });

  it('a store that does not answer for its checkpoints, at the start and while signing', async () => {
    const { store, mark } = await signedStore();
    let broken = true;
    const failing: EvidenceStore = {
      ...store,
      getDerived: async (key) => {
        if (broken && key === LATEST_CHECKPOINT) throw new Error('input/output error');
        return store.getDerived(key);
      },
    };
    await expect(open(failing, mark)).rejects.toThrow('input/output error');
    broken = false;
    const told: unknown[] = [];
    const log = await open(failing, mark, {
      checkpointEveryMs: 5,
      onSigningError: (error) => {
        told.push(error);
        throw new Error('a callback that fails stops nothing');
      },
    });
    broken = true;
    await log.append([aDraft()]);
    await expect.poll(() => told.length).toBeGreaterThan(1);
    expect(log.status()).toMatchObject({ signingError: 'Error', unpublished: 1 });
    broken = false;
    await expect.poll(() => log.status()).toMatchObject({ unpublished: 0 });
    expect(log.status().signingError).toBeUndefined();
    await log.close();
  });

  it('fsck: a checkpoint that is no text, and a head of the index that is none', async () => {
    const { store, mark } = await signedStore();
    const log = await open(store, mark);
    await store.putDerived([
      [`${CHECKPOINT_PREFIX}0000000000000002`, new Uint8Array([0xff, 0xfe])],
      [LATEST_INDEX_HEAD, utf8('{}')],
    ]);
    const codes = (await fsck({ log, mark, logKey })).findings.map(({ code }) => code);
    expect(codes).toEqual(
      expect.arrayContaining(['checkpoint_unreadable', 'index_head_unreadable']),
    );
  });
});
