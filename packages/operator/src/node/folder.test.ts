import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestLog, recordCall } from '../test-log.js';
import { readPackage, verifyPackageAt, writePackage } from './any-form.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spanforge-node-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function callPackage() {
  const test = await openTestLog();
  await recordCall(test.log, 'trace-1');
  return { ...test, pkg: await test.operator.exportPackage({ traceId: 'trace-1' }) };
}

const sorted = (pkg: ReadonlyMap<string, Uint8Array>) =>
  [...pkg].sort(([a], [b]) => (a < b ? -1 : 1));

describe('writing and reading', () => {
  it.each(['p.json', 'p.zip', 'p'])('%s holds the same package', async (name) => {
    const { pkg, trusted } = await callPackage();
    const path = join(folder, name);
    await writePackage(path, pkg);
    const read = await readPackage(path);
    expect(sorted(read).map(([key, value]) => [key, Buffer.from(value).toString('hex')])).toEqual(
      sorted(pkg).map(([key, value]) => [key, Buffer.from(value).toString('hex')]),
    );
    expect(await verifyPackageAt(path, { keys: trusted })).toMatchObject({ verdict: 'valid' });
    expect(readdirSync(folder)).toEqual([name]);
    expect(lstatSync(path).mode & 0o777).toBe(name === 'p' ? 0o700 : 0o600);
  });

  it('keeps modes private, whatever the umask', async () => {
    const { pkg } = await callPackage();
    const before = process.umask(0);
    try {
      await writePackage(join(folder, 'p'), pkg);
      await writePackage(join(folder, 'p.zip'), pkg);
    } finally {
      process.umask(before);
    }
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const mode = lstatSync(join(entry.parentPath, entry.name)).mode & 0o777;
      expect(mode).toBe(entry.isDirectory() ? 0o700 : 0o600);
    }
  });

  it('leaves nothing half-written', async () => {
    const { pkg } = await callPackage();
    const broken = new Map([...pkg, ['zz/../zz', new Uint8Array(1)] as const]);
    await expect(writePackage(join(folder, 'p'), broken)).rejects.toMatchObject({
      code: 'OPERATOR_PACKAGE_MALFORMED',
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('P-02: says so where it may not write, and changes nothing there', async () => {
    const { pkg } = await callPackage();
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    for (const name of ['p.json', 'p.zip']) writeFileSync(join(locked, name), '');
    mkdirSync(join(locked, 'p'));
    chmodSync(folder, 0o755);
    chmodSync(locked, 0o555);
    const isRoot = process.geteuid?.() === 0;
    try {
      if (isRoot) process.seteuid?.(65_534);
      for (const name of ['p.json', 'p.zip', 'p', 'new.json', 'new.zip', 'new']) {
        await expect(writePackage(join(locked, name), pkg)).rejects.toMatchObject({
          code: 'OPERATOR_FILE_FAILED',
          details: { code: 'EACCES' },
        });
      }
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(locked, 0o755);
    }
    expect(readdirSync(locked, { recursive: true }).sort()).toEqual(['p', 'p.json', 'p.zip']);
    for (const name of ['p.json', 'p.zip']) expect(lstatSync(join(locked, name)).size).toBe(0);
  });

  it('P-02: writes over nothing, and follows no link', async () => {
    const { pkg } = await callPackage();
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'keep'), 'mine');
    const refused = { code: 'OPERATOR_TARGET_REFUSED' };
    await expect(writePackage(elsewhere, pkg)).rejects.toMatchObject(refused);
    for (const name of ['p.json', 'p.zip', 'p']) {
      const path = join(folder, name);
      symlinkSync(name === 'p' ? elsewhere : join(elsewhere, 'new'), path);
      await expect(writePackage(path, pkg)).rejects.toMatchObject(refused);
      rmSync(path);
      writeFileSync(path, 'mine');
      await expect(writePackage(path, pkg)).rejects.toMatchObject(refused);
      expect(readFileSync(path, 'utf8')).toBe('mine');
      rmSync(path);
      execFileSync('mkfifo', [path]);
      await expect(writePackage(path, pkg)).rejects.toMatchObject(refused);
      rmSync(path);
    }
    writeFileSync(join(folder, 'a'), '');
    linkSync(join(folder, 'a'), join(folder, 'b.zip'));
    await expect(writePackage(join(folder, 'b.zip'), pkg)).rejects.toMatchObject(refused);
    expect(readdirSync(elsewhere)).toEqual(['keep']);
    expect(existsSync(join(elsewhere, 'new'))).toBe(false);
    await expect(writePackage(join(folder, 'no', 'such', 'p.zip'), pkg)).rejects.toMatchObject({
      code: 'OPERATOR_FILE_FAILED',
      details: { code: 'ENOENT' },
    });
    await expect(
      writePackage(join(folder, 'evil'), new Map([['../up', new Uint8Array()]])),
    ).rejects.toMatchObject({
      code: 'OPERATOR_PACKAGE_MALFORMED',
    });
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('fills an empty folder', async () => {
    const { pkg } = await callPackage();
    mkdirSync(join(folder, 'p'));
    await writePackage(join(folder, 'p'), pkg);
    expect((await readPackage(join(folder, 'p'))).size).toBe(pkg.size);
  });

  it('T-18: refuses links, pipes, hidden files and unlisted files in a folder', async () => {
    const { pkg, trusted } = await callPackage();
    const path = join(folder, 'p');
    await writePackage(path, pkg);
    const verdict = async () => (await verifyPackageAt(path, { keys: trusted })).firstBad?.reason;
    const extra = join(path, 'keys', 'x.vkey');
    symlinkSync('/etc/passwd', extra);
    expect(await verdict()).toBe('not_a_regular_file');
    rmSync(extra);
    execFileSync('mkfifo', [extra]);
    expect(await verdict()).toBe('not_a_regular_file');
    rmSync(extra);
    symlinkSync('/', join(path, 'tile'));
    expect(await verdict()).toBe('not_a_regular_file');
    rmSync(join(path, 'tile'));
    writeFileSync(join(path, '.DS_Store'), '');
    expect(await verdict()).toBe('unsafe_name');
    rmSync(join(path, '.DS_Store'));
    writeFileSync(extra, 'x');
    expect(await verdict()).toBe('unlisted_file');
    rmSync(extra);
    expect(await verdict()).toBeUndefined();
  });

  it('V-01: a sparse file of ten gigabytes is refused unread', async () => {
    const { pkg, trusted } = await callPackage();
    await writePackage(join(folder, 'p'), pkg);
    truncateSync(join(folder, 'p', 'records.jsonl'), 10 * 1024 ** 3);
    expect(await verifyPackageAt(join(folder, 'p'), { keys: trusted })).toMatchObject({
      verdict: 'unsupported',
      exitCode: 3,
    });
  });

  it('says what kind of trouble it is', async () => {
    const at = (name: string) => verifyPackageAt(join(folder, name), { keys: [] });
    expect(await at('nothing')).toMatchObject({
      verdict: 'failed',
      exitCode: 2,
      firstBad: { reason: 'ENOENT' },
    });
    writeFileSync(join(folder, 'text'), 'hello');
    expect(await at('text')).toMatchObject({ verdict: 'invalid', exitCode: 1 });
    writeFileSync(join(folder, 'p.zip'), 'PK hello');
    expect(await at('p.zip')).toMatchObject({ verdict: 'invalid', exitCode: 1 });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await at('pipe')).toMatchObject({
      verdict: 'invalid',
      firstBad: { reason: 'not_a_regular_file' },
    });
    expect((await verifyPackageAt('/dev/zero', { keys: [] })).exitCode).toBe(1);
    mkdirSync(join(folder, 'empty'));
    expect(await at('empty')).toMatchObject({ verdict: 'invalid', exitCode: 1 });
  });
});
