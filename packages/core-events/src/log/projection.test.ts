import { describe, expect, it } from 'vitest';
import { aDraft, aLog } from '../testing/fixtures.js';
import { createMemoryStore } from './memory-store.js';
import { createProjection, type ProjectionOptions } from './projection.js';
import type { SnapshotStore } from './snapshots.js';

type Counting = Partial<ProjectionOptions<{ seen: string[] }>> &
  Pick<ProjectionOptions<unknown>, 'reader'>;

const counting = (parts: Counting) =>
  createProjection<{ seen: string[] }>({
    types: ['spanforge.scope.v1'],
    empty: () => ({ seen: [] as string[] }),
    apply: (state, record) => {
      state.seen.push(String(record.body.resource));
    },
    ...parts,
  });

describe('a projection', () => {
  it('is the log replayed, whoever wrote it', async () => {
    const store = createMemoryStore();
    const [one, other] = [await aLog({ store }), await aLog({ store, writer: 'other' })];
    const projection = counting({ reader: one, refreshMs: 0 });
    await one.append([aDraft({}, { resource: 'a' })]);
    await other.append([aDraft({}, { resource: 'b' })]);
    expect((await projection.refresh()).state.seen).toEqual(['a', 'b']);
    await other.append(Array.from({ length: 1200 }, () => aDraft({}, { resource: 'c' })));
    const { state, size } = await projection.refresh();
    expect(state.seen).toHaveLength(1202);
    expect(size).toBe(await one.size());
  });

  it('answers from what it has only as long as the lag allows', async () => {
    const log = await aLog();
    let now = 1000;
    let broken = false;
    const reader = {
      ...log,
      size: async () => {
        if (broken) throw new Error('gone');
        return log.size();
      },
    };
    const projection = counting({ reader, clock: () => now, refreshMs: 10, maxLagMs: 100 });
    await projection.current();
    broken = true;
    now += 50;
    expect((await projection.current()).state.seen).toEqual([]);
    now += 100;
    await expect(projection.current()).rejects.toMatchObject({ code: 'EVENTS_STATE_UNAVAILABLE' });
  });

  it('begins at a snapshot that verifies, and at the beginning when it does not', async () => {
    const store = createMemoryStore();
    const log = await aLog({ store });
    const snapshots = {
      store: log.snapshots,
      name: 'count',
      encode: (state: unknown) => state,
      decode: (value: unknown) => value as { seen: string[] },
      every: 5,
    };
    await log.append(Array.from({ length: 6 }, (_, at) => aDraft({}, { resource: `r${at}` })));
    await counting({ reader: log, snapshots }).current();
    const begun: unknown[] = [];
    const watched = {
      ...log,
      readComplete: (types: readonly string[], from: number, to: number) => {
        begun.push(from);
        return log.readComplete(types, from, to);
      },
    };
    await log.append([aDraft({}, { resource: 'last' })]);
    expect((await counting({ reader: watched, snapshots }).current()).state.seen).toHaveLength(7);
    expect(begun).toEqual([7]);
    const forged = (await store.getDerived('snapshot/count')) as Uint8Array;
    forged[40] = (forged[40] ?? 0) ^ 1;
    await store.putDerived([['snapshot/count', forged]]);
    expect((await counting({ reader: log, snapshots }).current()).state.seen).toHaveLength(7);
  });

  it('never builds on a record that is not whole', async () => {
    const store = createMemoryStore();
    const log = await aLog({ store });
    await log.append([aDraft()]);
    const record = (await store.read(1, 1))[0];
    if (record) record.bytes[5] = (record.bytes[5] ?? 0) ^ 1;
    await expect(counting({ reader: log }).current()).rejects.toMatchObject({
      code: 'EVENTS_STATE_UNAVAILABLE',
    });
  });

  it('misses nothing of several types while the log grows as it reads', async () => {
    const store = createMemoryStore();
    const other = await aLog({ store, writer: 'other' });
    const actor = {
      type: 'spanforge.manifest.actor.v1',
      context: aDraft().context,
      body: { actor_id: 'a' },
    };
    let grown = true;
    const growing = {
      ...store,
      read: async (first: number, count: number) => {
        if (!grown) await other.append([aDraft(), actor]);
        grown = true;
        return store.read(first, count);
      },
    };
    const log = await aLog({ store: growing });
    await log.append([aDraft()]);
    const projection = createProjection({
      reader: log,
      types: ['spanforge.scope.v1', actor.type],
      empty: () => [] as number[],
      apply: (state, record) => {
        state.push(record.index);
      },
    });
    grown = false;
    await projection.refresh();
    expect(await log.size()).toBe(4);
    expect((await projection.refresh()).state).toEqual([1, 2, 3]);
  });

  it('answers from nothing once apply threw, and from everything once it works', async () => {
    const log = await aLog();
    let broken = false;
    const projection = counting({
      reader: log,
      refreshMs: 0,
      maxLagMs: 60_000,
      apply: (state, record) => {
        state.seen.push(String(record.body.resource));
        if (broken) throw new Error('a bug');
      },
    });
    await log.append([aDraft({}, { resource: 'a' })]);
    await projection.refresh();
    broken = true;
    await log.append([aDraft({}, { resource: 'b' })]);
    await expect(projection.refresh()).rejects.toMatchObject({
      code: 'EVENTS_STATE_UNAVAILABLE',
      details: { reason: 'broken' },
    });
    await expect(projection.current()).rejects.toMatchObject({ code: 'EVENTS_STATE_UNAVAILABLE' });
    broken = false;
    expect((await projection.current()).state.seen).toEqual(['a', 'b']);
  });

  it('does not take a clock that went back for a state that is fresh (F-15)', async () => {
    const log = await aLog();
    let now = 10_000_000;
    let broken = false;
    const size = () => (broken ? Promise.reject(new Error('gone')) : log.size());
    const projection = counting({ reader: { ...log, size }, clock: () => now });
    await projection.current();
    broken = true;
    now -= 3_600_000;
    await expect(projection.current()).rejects.toMatchObject({ code: 'EVENTS_STATE_UNAVAILABLE' });
  });

  describe('and its snapshots', () => {
    const snapshotsOf = (store: SnapshotStore) => ({
      store,
      name: 'count',
      encode: (state: { seen: string[] }) => state,
      decode: (value: unknown) => value as { seen: string[] },
      every: 1,
    });

    it('stands without them: one that cannot be written or read costs time only', async () => {
      const log = await aLog();
      await log.append([aDraft()]);
      const failing = { ...log.snapshots, save: () => Promise.reject(new Error('read-only')) };
      const without = counting({ reader: log, snapshots: snapshotsOf(failing) });
      expect((await without.refresh()).state.seen).toHaveLength(1);
      await counting({ reader: log, snapshots: snapshotsOf(log.snapshots) }).refresh();
      const older = {
        ...snapshotsOf(log.snapshots),
        decode: () => {
          throw new Error('another version');
        },
      };
      const reread = counting({ reader: log, snapshots: older });
      expect((await reread.refresh()).state.seen).toHaveLength(1);
    });

    it('begins anew when it is made from other types', async () => {
      const log = await aLog();
      await log.append([aDraft()]);
      const snapshots = snapshotsOf(log.snapshots);
      await counting({ reader: log, snapshots }).refresh();
      const types = ['spanforge.scope.v1', 'spanforge.log.opened.v1'];
      expect((await counting({ reader: log, snapshots, types }).refresh()).state.seen).toHaveLength(
        2,
      );
    });

    it('are of this log: a snapshot of records that are no longer there is none', async () => {
      const [one, other] = [createMemoryStore(), createMemoryStore()];
      const [from, to] = [await aLog({ store: one }), await aLog({ store: other })];
      for (const log of [from, to]) await log.append([aDraft()]);
      await from.snapshots.save('count', 2, { forged: true });
      expect(await from.snapshots.load('count')).toEqual({ size: 2, value: { forged: true } });
      const bytes = await one.getDerived('snapshot/count');
      await other.putDerived([['snapshot/count', bytes as Uint8Array]]);
      expect(await to.snapshots.load('count')).toBeUndefined();
      await other.putDerived([['snapshot/count', new Uint8Array(64).fill(0xff)]]);
      expect(await to.snapshots.load('count')).toBeUndefined();
    });

    it('are not kept where records are not signed', async () => {
      const log = await aLog({ hmac: false });
      await log.snapshots.save('count', 1, {});
      expect(await log.store.listDerived('snapshot/')).toEqual([]);
    });
  });

  it('gives what it has without waiting, as long as that is fresh', async () => {
    const log = await aLog();
    let now = 1000;
    const projection = counting({ reader: log, clock: () => now, refreshMs: 10 });
    expect(projection.fresh()).toBeUndefined();
    const read = await projection.current();
    expect(projection.fresh()).toEqual(read);
    now += 11;
    expect(projection.fresh()).toBeUndefined();
    now -= 100;
    expect(projection.fresh()).toBeUndefined();
  });
});
