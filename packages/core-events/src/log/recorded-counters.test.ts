import { afterEach, describe, expect, it } from 'vitest';
import type { CounterRows, CounterStore, RecordedCounters } from '../counter-port.js';
import { openEvidenceLog } from './evidence-log.js';
import { fsck } from './fsck.js';
import { reindex } from './index/reindex.js';
import { createMemoryCounters } from './memory-counters.js';
import { createMemoryStore } from './memory-store.js';
import type { EvidenceLog } from './types.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-06-01T00:00:00Z');
const hmac = { kid: 'k1', secret: Uint8Array.from({ length: 32 }, (_, at) => at + 1) };
const context = {
  ...{ tenant: 'acme', project: 'p', env: 'prod', run: 'r', traceId: 't' },
  ...{ agent: 'a', actor: 'ann', source: 'test@1' },
};

let opened: EvidenceLog | undefined;
afterEach(() => opened?.close());

async function setUp(secret: typeof hmac | false = hmac) {
  let now = START;
  const clock = () => now;
  const store = createMemoryStore();
  const log = await openEvidenceLog({ store, origin: 'o', writer: 'w', hmac: secret, clock });
  opened = log;
  const rows = createMemoryCounters();
  const open = (own: CounterStore = rows) => log.counters(own) as RecordedCounters;
  /** What a policy service does for a call that is let through. */
  async function spend(amount: number, id: string): Promise<number> {
    const counters = open();
    const entry = { key: 'policy/k', id, amount, timeMs: now, windowMs: HOUR };
    const counted = await counters.count?.(entry);
    const body = {
      ...{ service: 's', control: 'c', outcome: 'allow', matched: false, rules: [] },
      ...{ reason: 'r', reason_code: 'default' },
      counted: [
        {
          ...{ counter: entry.key, entry: counters.nameOf(id), amount },
          ...{ at_ms: counted?.timeMs, window_ms: HOUR },
        },
      ],
    };
    await log.append([{ type: 'spanforge.policy.decision.v1', context, body }]);
    return counted?.sum ?? Number.NaN;
  }
  const check = (counters: CounterStore & CounterRows = rows) => fsck({ log, counters, clock });
  const mend = () => reindex({ store, origin: 'o', log, counters: rows, clock });
  const advance = (ms: number) => {
    now += ms;
  };
  return { log, rows, open, spend, check, mend, advance };
}

const shortened = expect.objectContaining({ code: 'EVENTS_COUNTER_SHORTENED' });

describe('counters that follow from records', () => {
  it('are whole where nothing was changed, also for a call that is asked twice', async () => {
    const { spend, open, check } = await setUp();
    expect(await spend(5, 'c1')).toBe(5);
    expect(await spend(5, 'c1')).toBe(5);
    expect(await spend(2, 'c2')).toBe(7);
    await open().requireWhole(HOUR);
    expect((await check()).findings).toEqual([]);
  });

  it('name no call: what a counter and a record hold is made with the key of the log', async () => {
    const { open, log, rows, spend } = await setUp();
    await spend(5, 'c1');
    const other = await setUp({ ...hmac, secret: hmac.secret.map((byte) => byte + 1) });
    const name = open().nameOf('c1');
    expect(name).toMatch(/^call\/[0-9a-f]{64}$/);
    expect(other.open().nameOf('c1')).not.toBe(name);
    expect(await rows.find([{ key: 'policy/k', id: name }])).toMatchObject([{ amount: 5 }]);
    await other.log.close();
    expect(log.counters(rows)).not.toBe(rows);
  });

  it('N-05: what is set back is noticed by the next call that counts, not after a minute', async () => {
    const { spend, open, rows, mend, advance } = await setUp();
    await spend(5, 'before');
    const counters = open();
    await counters.requireWhole(HOUR);
    const entry = (id: string) => ({
      key: 'policy/k',
      id,
      amount: 1,
      timeMs: START,
      windowMs: HOUR,
    });
    expect(await counters.count?.(entry('c1'))).toMatchObject({ sum: 6, added: true });
    await counters.remove('policy/k', 'c1');
    expect(await counters.count?.(entry('c1'))).toMatchObject({ sum: 6, added: true });
    await counters.remove('policy/k', 'c1');
    await rows.remove('policy/k', counters.nameOf('before'));
    await expect(counters.count?.(entry('c2'))).rejects.toEqual(shortened);
    expect(await rows.find([{ key: 'policy/k', id: counters.nameOf('c2') }])).toEqual([undefined]);
    await expect(counters.requireWhole(HOUR)).rejects.toEqual(shortened);
    await mend();
    advance(1000);
    await counters.requireWhole(HOUR);
    expect(await counters.count?.(entry('c2'))).toMatchObject({ sum: 6, added: true });
  });

  it('N-05: one entry of several set back is not made up for by the call that counts', async () => {
    const { spend, open, rows } = await setUp();
    await spend(1, 'first');
    await spend(1, 'second');
    const counters = open();
    await counters.requireWhole(HOUR);
    const entry = { key: 'policy/k', id: 'c1', amount: 1, timeMs: START, windowMs: HOUR };
    expect(await counters.count?.(entry)).toMatchObject({ sum: 3, added: true });
    await counters.remove('policy/k', 'c1');
    await rows.remove('policy/k', counters.nameOf('first'));
    await expect(counters.count?.(entry)).rejects.toEqual(shortened);
    expect(await rows.find([{ key: 'policy/k', id: counters.nameOf('c1') }])).toEqual([undefined]);
  });

  it('are believed where entries are over, or none of them is on record', async () => {
    const { spend, open, rows, advance } = await setUp();
    await spend(5, 'before');
    const counters = open();
    await counters.requireWhole(HOUR);
    const entry = (id: string, timeMs: number) => ({
      ...{ key: 'policy/k', id, amount: 1, timeMs, windowMs: HOUR },
    });
    expect(await counters.count?.(entry('c1', START))).toMatchObject({ sum: 6 });
    // The record of this call is not written yet: only this process knows of the call.
    await rows.remove('policy/k', counters.nameOf('c1'));
    expect(await counters.count?.(entry('c2', START))).toMatchObject({ sum: 6 });
    advance(HOUR);
    expect(await counters.count?.(entry('c3', START + HOUR))).toMatchObject({ sum: 1 });
  });

  it('N-05: are compared again while they are used, and block what is set back meanwhile', async () => {
    const { spend, open, rows, advance, mend } = await setUp();
    await spend(5, 'c1');
    const counters = open();
    await counters.requireWhole(HOUR);
    await rows.remove('policy/k', counters.nameOf('c1'));
    await counters.requireWhole(HOUR);
    advance(60_000);
    await counters.requireWhole(HOUR);
    await expect
      .poll(() => counters.requireWhole(HOUR).catch((error: unknown) => error))
      .toEqual(shortened);
    await mend();
    advance(1000);
    await counters.requireWhole(HOUR);
  });

  it.each<[string, (rows: CounterRows & CounterStore, id: string) => Promise<void>]>([
    ['deleted', (rows, id) => rows.remove('policy/k', id)],
    [
      'made smaller',
      async (rows, id) => {
        const [row] = await rows.find([{ key: 'policy/k', id }]);
        if (row) await rows.replace([{ ...row, amount: 0 }]);
      },
    ],
    [
      'moved out of its window',
      async (rows, id) => {
        const [row] = await rows.find([{ key: 'policy/k', id }]);
        if (row) await rows.replace([{ ...row, timeMs: row.timeMs - HOUR }]);
      },
    ],
  ])('N-05 an entry that was %s is refused, named by fsck and put back', async (_, damage) => {
    const { spend, open, rows, check, mend, advance } = await setUp();
    await spend(5, 'c1');
    await spend(2, 'c2');
    const counters = open();
    await damage(rows, counters.nameOf('c1'));
    await expect(counters.requireWhole(HOUR)).rejects.toEqual(shortened);
    const [finding, ...others] = (await check()).findings;
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity: 'error', code: 'counter_mismatch', index: 1 });
    expect(await mend()).toMatchObject({ counted: 1 });
    expect((await check()).findings).toEqual([]);
    // The refusal is kept for a second, and no longer.
    await expect(counters.requireWhole(HOUR)).rejects.toEqual(shortened);
    advance(1000);
    await counters.requireWhole(HOUR);
    expect(await spend(1, 'c3')).toBe(8);
  });

  it('may forget what is over, and what a clock that was ahead found to be over', async () => {
    const { spend, open, rows, check, advance } = await setUp();
    await spend(5, 'c1');
    advance(2 * HOUR);
    await spend(1, 'c2');
    expect((await check()).findings).toEqual([]);
    advance(-2 * HOUR);
    await open().requireWhole(HOUR);
    expect((await check()).findings).toMatchObject([{ code: 'time_out_of_place', index: 2 }]);
    await rows.remove('policy/k', open().nameOf('c2'));
    await expect(open().requireWhole(HOUR)).rejects.toEqual(shortened);
  });

  it('stay as they are where records are not signed, and are not compared by others', async () => {
    const unsigned = await setUp(false);
    expect(unsigned.open()).toBe(unsigned.rows);
    await unsigned.log.close();
    const { open, spend } = await setUp();
    await spend(5, 'c1');
    const { add, remove } = createMemoryCounters();
    await open({ add, remove }).requireWhole(HOUR);
  });
});
