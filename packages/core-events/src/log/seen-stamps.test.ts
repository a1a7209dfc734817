import { generateSigningKey } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { aContext, testSecret } from '../testing/fixtures.js';
import { createMemoryMark } from './high-water-mark.js';
import { createMemoryStore } from './memory-store.js';
import { createProjection } from './projection.js';
import { createSeenStamps } from './seen-stamps.js';
import { openSignedLog } from './signed-log.js';

const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const TYPE = 'spanforge.manifest.actor.v1';
const draft = (actor_id: string) => ({ type: TYPE, context: aContext(), body: { actor_id } });

it('takes the later of two records with one number for a copy, in whatever order they are read', () => {
  const record = (index: number, n: number, boot = 'b') => ({
    index,
    writer: { id: 'w', boot, n },
  });
  const stamps = createSeenStamps();
  expect(stamps.isCopy(record(5, 1))).toBe(false);
  expect(stamps.isCopy(record(5, 1))).toBe(false);
  expect(stamps.isCopy(record(9, 1))).toBe(true);
  expect(stamps.isCopy(record(9, 1, 'c'))).toBe(false);
  expect(stamps.isCopy(record(9, 2))).toBe(false);
  expect(stamps.isCopy(record(4, 1))).toBe(false);
  expect(stamps.isCopy(record(5, 1))).toBe(true);
});

describe('an authentic record written a second time by somebody without keys', () => {
  it('has no effect, in a running service and after a start, on state and on runs', async () => {
    const store = createMemoryStore();
    const mark = createMemoryMark();
    const open = () =>
      openSignedLog({
        ...{ store: { ...store, close: async () => undefined }, mark, signer, writer: 'w' },
        ...{ origin: 'example.com/log', hmac: testSecret, checkpointEveryMs: 0 },
      });
    const read = async (log: Awaited<ReturnType<typeof open>>) => {
      const state = createProjection<string[]>({
        ...{ reader: log, types: [TYPE], empty: () => [], refreshMs: 0 },
        apply: (seen, { body }) => void seen.push(String(body.actor_id)),
      });
      const run: string[] = [];
      for await (const { body } of log.readRun?.(aContext().run, [TYPE]) ?? []) {
        run.push(String(body.actor_id));
      }
      return [(await state.current()).state, run];
    };
    const whole = [
      ['granted', 'withdrawn'],
      ['granted', 'withdrawn'],
    ];

    const log = await open();
    await log.append([draft('granted')]);
    await log.append([draft('withdrawn')]);
    expect(await read(log)).toEqual(whole);
    const [granted] = await store.read(1, 1);
    if (!granted) throw new Error('there is no record');
    const { index: _, ...bytes } = granted;
    const terms = [`type:${TYPE}`, `run:${aContext().run}`];
    await store.append([{ records: [{ ...bytes, timeMs: 0, terms, disclosures: [] }] }]);
    expect(await read(log)).toEqual(whole);
    await log.checkpointer.checkpoint();
    await log.append([draft('later')]);
    await log.close();
    const again = await open();
    expect(await read(again)).toEqual(whole.map((names) => [...names, 'later']));
    await again.close();
  });
});
