import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from './file-lock.js';
import { createLeaseClock } from './lease-clock.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const path = (): string => join(folder, 'mark.lock');

/** A process that is not there. */
const NOBODY = 4_000_000;
const own = async (): Promise<readonly string[]> =>
  withFileLock(path(), async () => readFileSync(path(), 'utf8').split(' '));

describe('a file lock', () => {
  it('is there while the work is done, and names its process', async () => {
    expect((await own())[0]).toBe(String(process.pid));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is removed where the work fails', async () => {
    await expect(withFileLock(path(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(!createLeaseClock())(
    'of before the machine was started again is taken over',
    async () => {
      // The number of a process that runs: this one.
      writeFileSync(path(), `${process.pid} 00000000-0000-0000-0000-000000000000 1 x`);
      expect(await withFileLock(path(), async () => 'done')).toBe('done');
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it.skipIf(!createLeaseClock())(
    'of a process whose number another has now is taken over',
    async () => {
      const [pid, boot] = await own();
      writeFileSync(path(), `${pid} ${boot} 1 x`);
      expect(await withFileLock(path(), async () => 'done')).toBe('done');
    },
  );

  it('that a process left is taken over by one of many at a time', async () => {
    for (let round = 0; round < 20; round += 1) {
      writeFileSync(path(), `${NOBODY} - - ${round}`);
      let [inside, most, done] = [0, 0, 0];
      await Promise.all(
        Array.from({ length: 12 }, () =>
          withFileLock(path(), async () => {
            inside += 1;
            most = Math.max(most, inside);
            await new Promise((resolve) => setTimeout(resolve, 0));
            inside -= 1;
            done += 1;
          }),
        ),
      );
      expect({ most, done, left: readdirSync(folder) }).toEqual({ most: 1, done: 12, left: [] });
    }
  });

  it('is taken over though whoever removed it died over it', async () => {
    const left = `${NOBODY} - - x`;
    writeFileSync(path(), left);
    // Every file beside it that a removal may have left.
    const { createHash } = await import('node:crypto');
    const beside = `${path()}.${createHash('sha256').update(left).digest('hex').slice(0, 16)}`;
    writeFileSync(beside, `${NOBODY} - - y`);
    expect(await withFileLock(path(), async () => 'done')).toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  });
});
