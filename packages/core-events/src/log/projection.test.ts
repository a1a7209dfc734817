import { describe, expect, it } from 'vitest';
import { aDraft, aLog } from '../testing/fixtures.js';
import { createMemoryStore } from './memory-store.js';
import { createProjection, type ProjectionOptions } from './projection.js';

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
    const types: unknown[] = [];
    const watched = {
      ...log,
      query: async (query: Parameters<typeof log.query>[0]) => {
        types.push(query.cursor);
        return log.query(query);
      },
    };
    await log.append([aDraft({}, { resource: 'last' })]);
    expect((await counting({ reader: watched, snapshots }).current()).state.seen).toHaveLength(7);
    expect(types).toEqual([7]);
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
});
