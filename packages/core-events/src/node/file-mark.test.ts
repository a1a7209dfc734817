import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFrontier, leafHash, toHex } from '@spanforge/core-signing';
import { afterEach, describe, expect, it } from 'vitest';
import type { HighWaterMark } from '../log/high-water-mark.js';
import { createFileMark } from './file-mark.js';

const folders: string[] = [];

function aPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mark-'));
  folders.push(folder);
  return join(folder, 'keys', 'log.mark');
}

function aMark(size: number): HighWaterMark {
  const frontier = createFrontier();
  for (let n = 0; n < size; n += 1) frontier.append(leafHash(`record ${n}`));
  const root = toHex(frontier.root());
  return { origin: 'example.com/log', size, root, frontier: frontier.state() };
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('a mark in a file', () => {
  it('is missing until it is saved, then the one saved last', async () => {
    const path = aPath();
    const keeper = createFileMark(path);
    expect(await keeper.load()).toBeUndefined();
    await keeper.save(aMark(3));
    expect(await createFileMark(path).load()).toEqual(aMark(3));
    const frozen = { ...aMark(5), frozen: { reason: 'leaf_mismatch', index: 4 } };
    await Promise.all([keeper.save(aMark(4)), keeper.save(frozen)]);
    expect(await keeper.load()).toEqual(frozen);
  });

  it('replaces only the mark that was loaded', async () => {
    const path = aPath();
    const [one, other] = [createFileMark(path), createFileMark(path)];
    expect(await one.replace(undefined, aMark(1))).toBe(true);
    expect(await other.replace(undefined, aMark(2))).toBe(false);
    const loaded = await one.load();
    expect(await other.replace(loaded, aMark(9))).toBe(true);
    expect(await one.replace(loaded, aMark(5))).toBe(false);
    expect(await one.load()).toEqual(aMark(9));
    expect(readdirSync(join(path, '..'))).toEqual(['log.mark']);
  });

  it('is extended by one of many that race, step by step', async () => {
    const path = aPath();
    const keepers = Array.from({ length: 6 }, () => createFileMark(path));
    for (let size = 1; size <= 10; size += 1) {
      const loaded = await keepers[0]?.load();
      const won = await Promise.all(
        keepers.map((keeper, at) => keeper.replace(loaded, aMark(100 * size + at))),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await keepers[0]?.load())?.size).toBe(100 * size + won.indexOf(true));
    }
  });

  it.each([
    ['with its id in it', () => String(spawnSync(process.execPath, ['--version']).pid)],
    ['before it wrote its id', () => ''],
  ])('takes over the lock of a process that died %s', async (_, left) => {
    const path = aPath();
    await createFileMark(path).save(aMark(1));
    writeFileSync(`${path}.lock`, left());
    await createFileMark(path).save(aMark(2));
    expect((await createFileMark(path).load())?.size).toBe(2);
    expect(readdirSync(join(path, '..'))).toEqual(['log.mark']);
  });

  it('is private, and leaves nothing beside it', async () => {
    const path = aPath();
    await createFileMark(path).save(aMark(1));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(path, '..'))).toEqual(['log.mark']);
  });

  it('survives what a crash left behind, and takes over nothing of it', async () => {
    const path = aPath();
    const keeper = createFileMark(path);
    await keeper.save(aMark(1));
    const leftover = `${path}.${process.pid}.next`;
    writeFileSync(leftover, '{"v":"spanforge.mark.v1","ori', { mode: 0o666 });
    chmodSync(leftover, 0o666);
    expect(await createFileMark(path).load()).toEqual(aMark(1));
    await createFileMark(path).save(aMark(2));
    expect(await keeper.load()).toEqual(aMark(2));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('does not write through a link that stands where it writes first', async () => {
    const path = aPath();
    await createFileMark(path).save(aMark(1));
    const victim = join(path, '..', 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, `${path}.${process.pid}.next`);
    await createFileMark(path).save(aMark(2));
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(await createFileMark(path).load()).toEqual(aMark(2));
  });

  it('refuses a link, whether it reads or writes', async () => {
    const path = aPath();
    await createFileMark(path).save(aMark(1));
    const link = join(path, '..', 'link');
    symlinkSync(path, link);
    const refused = { code: 'EVENTS_STORE_INVALID' };
    await expect(createFileMark(link).load()).rejects.toMatchObject(refused);
    await expect(createFileMark(link).save(aMark(2))).rejects.toMatchObject(refused);
    expect(await createFileMark(path).load()).toEqual(aMark(1));
  });

  it.each([
    ['empty', () => ''],
    ['cut short', (text: string) => text.slice(0, -20)],
    ['of another version', (text: string) => text.replace('mark.v1', 'mark.v2')],
    ['with an unknown member', (text: string) => text.replace('"size"', '"more": 1, "size"')],
    ['of another size', (text: string) => text.replace('"size": 3', '"size": 4')],
    ['with another root', (text: string) => text.replace(/"root": "../, '"root": "00')],
    ['far too large', (text: string) => text + ' '.repeat(100_000)],
  ])('is an error when it is %s, never a missing mark', async (_, change) => {
    const path = aPath();
    await createFileMark(path).save(aMark(3));
    writeFileSync(path, change(readFileSync(path, 'utf8')));
    await expect(createFileMark(path).load()).rejects.toMatchObject({
      code: 'EVENTS_STORE_INVALID',
    });
  });

  it('is an error when a folder stands in its place', async () => {
    const path = aPath();
    await createFileMark(path).save(aMark(1));
    await expect(createFileMark(join(path, '..')).load()).rejects.toMatchObject({
      code: 'EVENTS_STORE_INVALID',
    });
    await expect(createFileMark(join(path, 'below')).save(aMark(1))).rejects.toMatchObject({
      code: 'EVENTS_STORE_UNAVAILABLE',
    });
  });
});
