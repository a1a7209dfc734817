import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { acknowledged, startChild } from '../test/child.js';
import { inFolder } from '../test/folder.js';
import { expectKept, textsOf } from '../test/ledger.js';

const ROUNDS = process.env.SPANFORGE_LONG === '1' ? 300 : 8;

describe('crashes and several processes', () => {
  it(
    `keeps what was acknowledged through ${ROUNDS} kills under load`,
    () =>
      inFolder(async (folder) => {
        const path = join(folder, 'evidence.db');
        const ledger = new Map<string, number>();
        for (let round = 0; round < ROUNDS; round++) {
          const child = startChild({ path, name: `r${round}`, appends: 0, inFlight: 16 });
          while (!child.lines().some((line) => line.startsWith('ACK'))) await sleep(5);
          await sleep((round * 37) % 200);
          child.process.kill('SIGKILL');
          await child.exited;
          for (const [id, first] of acknowledged(child.lines())) ledger.set(id, first);
          await expectKept(path, ledger);
        }
        expect(ledger.size).toBeGreaterThanOrEqual(ROUNDS);
      }),
    ROUNDS * 10_000,
  );

  it('several processes append to one file: contiguous, once each', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      const children = ['p0', 'p1', 'p2', 'p3'].map((name) =>
        startChild({ path, name, appends: 100, inFlight: 8 }),
      );
      expect(await Promise.all(children.map(({ exited }) => exited))).toEqual([0, 0, 0, 0]);
      const ledger = new Map(children.flatMap(({ lines }) => [...acknowledged(lines())]));
      expect(ledger.size).toBe(400);
      await expectKept(path, ledger);
      const store = await openSqliteStore({ path });
      expect((await textsOf(store)).length).toBe(1200);
      await store.close();
    }));
});
