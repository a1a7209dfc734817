import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';

const folder = useFolder();
afterEach(() => {
  vi.restoreAllMocks();
});

async function fullFor(...methods: readonly ('write' | 'writeFile' | 'appendFile')[]) {
  const file = await open(folder.path());
  const handles: FileHandle = Object.getPrototypeOf(file);
  await file.close();
  const full = Object.assign(new Error('ENOSPC: of a test'), { code: 'ENOSPC' });
  for (const method of methods) vi.spyOn(handles, method).mockRejectedValue(full);
}

describe('an export to a full disk', () => {
  it.each([
    ['archive', 'archive/records-000000000000.jsonl'],
    ['cef', 'out'],
    ['ocsf', 'out'],
  ])('%s ends, says why, and goes on when there is room', async (format, file) => {
    await folder.run('init');
    await recordTraces(folder.path('.spanforge'));
    await fullFor('write');
    const argv = ['export', format, '--output', format === 'archive' ? format : 'out'];
    const full = await folder.run(...argv);
    expect([full.exitCode, full.stderr]).toEqual([
      2,
      expect.stringMatching(/^spanforge: EXPORT_FILE_UNWRITABLE: .*the disk is full \(ENOSPC\)\n$/),
    ]);
    expect(readFileSync(folder.path(file), 'utf8')).toBe('');
    vi.restoreAllMocks();
    const again = await folder.run(...argv, '--json');
    expect([again.exitCode, again.json().sent]).toEqual([0, again.json().next]);
  });

  it.each(['json', 'zip', 'folder'])('operator export as %s says why', async (form) => {
    await folder.run('init');
    await recordTraces(folder.path('.spanforge'));
    const name = form === 'folder' ? 'package' : `package.${form}`;
    await fullFor('writeFile', 'appendFile', 'write');
    const full = await folder.run('operator', 'export', 'keys', '--output', name);
    expect([full.exitCode, full.stderr]).toEqual([
      2,
      expect.stringContaining('the disk is full (ENOSPC)'),
    ]);
    expect(existsSync(folder.path(name))).toBe(false);
    expect(readdirSync(folder.path()).filter((one) => /next|^\.spanforge-/.test(one))).toEqual([]);
  });
});
