import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryCursor } from '../cursor.js';
import { createExporter } from '../exporter.js';
import type { Sink } from '../sink.js';
import { filledLog } from '../test-log.js';
import { createArchiveSink } from './archive.js';
import { createFileCursor } from './file-cursor.js';
import { createLinesSink } from './lines.js';

let folder = '';
let handles: FileHandle;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spanforge-unwritable-'));
  const file = await open(folder);
  handles = Object.getPrototypeOf(file);
  await file.close();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const systemError = (code: string) => Object.assign(new Error(`${code}: of a test`), { code });
const SINKS: readonly [string, () => Sink, string][] = [
  [
    'lines',
    () => createLinesSink({ path: join(folder, 'out.jsonl'), format: ({ record }) => record.id }),
    'out.jsonl',
  ],
  ['archive', () => createArchiveSink({ folder }), 'records-000000000000.jsonl'],
];

/** Fails the calls of a method from the given one on, `times` times. */
function failing(
  method: 'write' | 'datasync' | 'truncate' | 'writeFile' | 'sync',
  code: string,
  { from = 1, times = Number.POSITIVE_INFINITY } = {},
): void {
  const real = handles[method] as (...values: unknown[]) => Promise<unknown>;
  let calls = 0;
  vi.spyOn(handles, method as 'write').mockImplementation(async function (
    this: FileHandle,
    ...values: unknown[]
  ) {
    calls += 1;
    if (calls >= from && calls < from + times) {
      // A disk takes what fits and then no more.
      if (method === 'write') {
        const [bytes, , , at] = values as [Uint8Array, number, number, number];
        await real.call(this, bytes, 0, 7, at);
      }
      throw systemError(code);
    }
    return (await real.apply(this, values)) as never;
  } as never);
}

const exportTo = async (sink: Sink, cursor = createMemoryCursor(), maxAttempts = 3) => {
  const log = await filledLog(2);
  const exporter = createExporter({
    ...{ reader: log, sink, cursor, maxAttempts, batchRecords: 4 },
    ...{ retryMs: 0.01, maxRetryMs: 0.01 },
  });
  try {
    return await exporter.exportOnce();
  } finally {
    await exporter.close();
  }
};

describe.each(SINKS)('a file of %s that cannot be written', (_, makeSink, name) => {
  const lines = (): string => readFileSync(join(folder, name), 'utf8');

  it.each([
    ['write', 'ENOSPC', 'the disk is full (ENOSPC)'],
    ['write', 'EDQUOT', 'the disk quota is used up (EDQUOT)'],
    ['write', 'EFBIG', 'the file would be larger than the system allows (EFBIG)'],
    ['write', 'EROFS', 'the file system is read-only (EROFS)'],
    ['datasync', 'EIO', 'the disk refuses to read or write (EIO)'],
    ['datasync', 'ENOSPC', 'the disk is full (ENOSPC)'],
  ] as const)('stops the export at once: %s, %s', async (method, code, words) => {
    failing(method, code, { from: 2 });
    await expect(exportTo(makeSink())).rejects.toMatchObject({
      code: 'EXPORT_FILE_UNWRITABLE',
      message: expect.stringContaining(words),
      details: { reason: code },
    });
    expect(lines().endsWith('\n')).toBe(true);
    expect(lines().trimEnd().split('\n')).toHaveLength(4);
  });

  it('is tried again for a cause that passes, and not for ever', async () => {
    failing('write', 'EAGAIN', { from: 2, times: 2 });
    const status = await exportTo(makeSink());
    expect(lines().trimEnd().split('\n')).toHaveLength(status.sent);
    vi.restoreAllMocks();
    failing('write', 'EAGAIN');
    rmSync(join(folder, name));
    await expect(exportTo(makeSink())).rejects.toMatchObject({
      code: 'EXPORT_SINK_UNAVAILABLE',
      message: expect.stringContaining('EAGAIN'),
    });
  });
});

describe('a cursor that cannot be written', () => {
  it.each(['writeFile', 'sync'] as const)('says why and leaves nothing: %s', async (method) => {
    const sink = createLinesSink({ path: join(folder, 'out'), format: ({ record }) => record.id });
    failing(method, 'ENOSPC', method === 'sync' ? { from: 2 } : {});
    await expect(
      exportTo(sink, createFileCursor(join(folder, 'cursor.json'))),
    ).rejects.toMatchObject({
      code: 'EXPORT_FILE_UNWRITABLE',
      message: expect.stringContaining('the disk is full (ENOSPC)'),
    });
    expect(readdirSync(folder)).toEqual(['out']);
  });
});

describe('lines after a crash', () => {
  it('begin on a line of their own: half a line is cut off', async () => {
    const path = join(folder, 'out');
    writeFileSync(path, `whole\n${'half '.repeat(30_000)}`);
    const { sent } = await exportTo(createLinesSink({ path, format: ({ record }) => record.id }));
    const [first, ...others] = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(first).toBe('whole');
    expect(others).toHaveLength(sent);
    expect(others.join('')).not.toContain('half');
  });
});

describe('a receiver', () => {
  it('is waited for without end unless a bound is given', async () => {
    let attempts = 0;
    const sink: Sink = {
      name: 'flaky',
      async send() {
        attempts += 1;
        if (attempts < 40) throw systemError('ECONNREFUSED');
      },
    };
    await expect(exportTo(sink)).rejects.toMatchObject({
      code: 'EXPORT_SINK_UNAVAILABLE',
      message: 'flaky could not take the records (ECONNREFUSED)',
    });
    expect(attempts).toBe(3);
    const log = await filledLog(1);
    const cursor = createMemoryCursor();
    const more = createExporter({ reader: log, sink, cursor, retryMs: 0.01, maxRetryMs: 0.01 });
    expect((await more.exportOnce()).behind).toBe(0);
  });
});
