import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvidenceLog } from '@spanforge/core-events/log';
import {
  createNoteVerifier,
  formatCheckpoint,
  generateSigningKey,
  type LogAnchor,
  merkleRoot,
  signNote,
  toVerificationKey,
} from '@spanforge/core-signing';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createExporter } from '../exporter.js';
import { filledLog, ORIGIN } from '../test-log.js';
import { createArchiveSink } from './archive.js';
import { createFileCursor } from './file-cursor.js';
import { verifyArchive } from './verify-archive.js';

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spanforge-archive-'));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const key = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const trust: LogAnchor = {
  origin: ORIGIN,
  verifiers: [createNoteVerifier(ORIGIN, toVerificationKey(key))],
};

async function checkpointOf(log: EvidenceLog, size?: number): Promise<string> {
  const end = size ?? (await log.size());
  const { records } = await log.query({ cursor: 0, limit: 1000 });
  const root = merkleRoot(records.slice(0, end).map(({ leaf }) => leaf));
  const text = formatCheckpoint({ origin: ORIGIN, size: end, root });
  return signNote(text, [{ name: ORIGIN, key }]);
}

async function archive(log: EvidenceLog, folder: string, options: object = {}): Promise<void> {
  const sink = createArchiveSink({ folder, ...options });
  const cursor = createFileCursor(join(folder, 'cursor.json'));
  const exporter = createExporter({
    reader: log,
    sink,
    cursor,
    batchRecords: 4,
    retryMs: 0.01,
    maxRetryMs: 0.01,
  });
  try {
    await exporter.exportOnce();
  } finally {
    await exporter.close();
  }
}

const recordFiles = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();

describe('an archive', () => {
  it('holds the exact bytes of every record, in files that sha256sum checks, and is proven', async () => {
    const log = await filledLog(5);
    const folder = newFolder();
    await archive(log, folder, { maxRecords: 10 });
    const { records } = await log.query({ cursor: 0, limit: 100 });
    const lines = recordFiles(folder).flatMap((name) =>
      readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'),
    );
    expect(lines).toEqual(records.map(({ bytes }) => Buffer.from(bytes).toString()));
    expect(recordFiles(folder)).toEqual([
      'records-000000000000.jsonl',
      'records-000000000010.jsonl',
      'records-000000000020.jsonl',
    ]);
    expect(await verifyArchive({ folder, checkpoint: await checkpointOf(log), trust })).toEqual({
      verdict: 'valid',
      records: records.length,
      size: records.length,
      unproven: 0,
    });
    if (spawnSync('sha256sum', ['--version']).status !== 0) return;
    const sums = readdirSync(folder).filter((name) => name.endsWith('.sha256'));
    expect(sums).toHaveLength(2);
    for (const name of sums) execFileSync('sha256sum', ['-c', name], { cwd: folder });
  });

  it('goes on after a crash at any byte behind the cursor, and holds each record once', async () => {
    const log = await filledLog(2);
    const size = await log.size();
    const half = newFolder();
    await archive(log, half);
    await log.append((await import('../test-log.js')).drafts());
    const [name = ''] = recordFiles(half);
    const whole = readFileSync(join(half, name));
    const cursor = readFileSync(join(half, 'cursor.json'));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (torn) => {
        const folder = newFolder();
        writeFileSync(join(folder, name), whole);
        writeFileSync(join(folder, 'cursor.json'), cursor);
        appendFileSync(join(folder, name), torn);
        await archive(log, folder);
        const report = await verifyArchive({ folder, checkpoint: await checkpointOf(log), trust });
        expect(report).toMatchObject({ verdict: 'valid', records: size + 5 });
      }),
      { numRuns: 25 },
    );
  });

  it('any changed byte, lost line or swapped line is found', async () => {
    const log = await filledLog(2);
    const folder = newFolder();
    await archive(log, folder);
    const [name = ''] = recordFiles(folder);
    const path = join(folder, name);
    const text = readFileSync(path);
    const checkpoint = await checkpointOf(log);
    const verdict = async (bytes: Uint8Array | string) => {
      writeFileSync(path, bytes);
      return (await verifyArchive({ folder, checkpoint, trust })).verdict;
    };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const changed = Buffer.from(text);
          changed[at] = (changed[at] ?? 0) ^ mask;
          expect(await verdict(changed)).not.toBe('valid');
        },
      ),
      { numRuns: 100 },
    );
    const lines = text.toString().trimEnd().split('\n');
    expect(await verdict(`${lines.slice(0, -1).join('\n')}\n`)).toBe('incomplete');
    expect(await verdict(`${lines.toReversed().join('\n')}\n`)).toBe('invalid');
    expect(await verdict(`${lines.toSpliced(3, 1).join('\n')}\n`)).toBe('incomplete');
    expect(await verdict(text)).toBe('valid');
  });

  it('says which records nobody has signed for yet, and believes no other key', async () => {
    const log = await filledLog(2);
    const folder = newFolder();
    await archive(log, folder);
    const size = await log.size();
    const older = await checkpointOf(log, size - 3);
    expect(await verifyArchive({ folder, checkpoint: older, trust })).toMatchObject({
      verdict: 'valid',
      unproven: 3,
    });
    const stranger = { ...trust, origin: 'example.org/other' };
    expect(await verifyArchive({ folder, checkpoint: older, trust: stranger })).toMatchObject({
      verdict: 'invalid',
    });
  });

  it('refuses a cursor that does not fit, a missing file and a link in place of a file', async () => {
    const log = await filledLog(5);
    const folder = newFolder();
    await archive(log, folder, { maxRecords: 10 });
    const checkpoint = await checkpointOf(log);
    rmSync(join(folder, 'records-000000000010.jsonl'));
    await expect(verifyArchive({ folder, checkpoint, trust })).rejects.toMatchObject({
      code: 'EXPORT_ARCHIVE_INVALID',
    });
    const other = newFolder();
    symlinkSync(
      join(folder, 'records-000000000000.jsonl'),
      join(other, 'records-000000000000.jsonl'),
    );
    await expect(archive(log, other)).rejects.toMatchObject({ code: 'EXPORT_ARCHIVE_INVALID' });
    const lost = newFolder();
    await archive(log, lost);
    const [name = ''] = recordFiles(lost);
    writeFileSync(join(lost, name), '');
    await expect(archive(log, lost)).rejects.toMatchObject({ code: 'EXPORT_ARCHIVE_INVALID' });
  });

  it('goes on without its cursor, over several files, and writes no record twice', async () => {
    const log = await filledLog(5);
    const folder = newFolder();
    const bytes = () => recordFiles(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    await archive(log, folder, { maxRecords: 10 });
    const before = bytes();
    rmSync(join(folder, 'cursor.json'));
    await archive(log, folder, { maxRecords: 10 });
    expect(bytes()).toEqual(before);
    rmSync(join(folder, 'cursor.json'));
    await log.append((await import('../test-log.js')).drafts());
    await archive(log, folder, { maxRecords: 10 });
    expect(bytes().join('').startsWith(before.join(''))).toBe(true);
    const report = await verifyArchive({ folder, checkpoint: await checkpointOf(log), trust });
    expect(report).toMatchObject({ verdict: 'valid', records: await log.size(), unproven: 0 });
  });

  it.each([{}, { maxRecords: 10 }])(
    'writes over no archive of another log, cursor or not (%j)',
    async (options) => {
      const folder = newFolder();
      await archive(await filledLog(5), folder, options);
      rmSync(join(folder, 'cursor.json'));
      const bytes = () => recordFiles(folder).map((name) => readFileSync(join(folder, name)));
      const before = bytes();
      await expect(archive(await filledLog(5), folder, options)).rejects.toMatchObject({
        code: 'EXPORT_ARCHIVE_INVALID',
        message: expect.stringContaining('holds other records than this log'),
      });
      expect(bytes()).toEqual(before);
    },
  );

  it('keeps what it holds beyond a log that was set back', async () => {
    const folder = newFolder();
    const log = await filledLog(5);
    await archive(log, folder);
    const [name = ''] = recordFiles(folder);
    const before = readFileSync(join(folder, name));
    rmSync(join(folder, 'cursor.json'));
    const { records } = await log.query({ cursor: 0, limit: 100 });
    const sink = createArchiveSink({ folder });
    await sink.open?.(0);
    const send = (from: number, to: number) =>
      sink.send(
        records.slice(from, to).map((record) => ({ record, values: [] })),
        new AbortController().signal,
      );
    await send(0, 8);
    await sink.close?.();
    expect(readFileSync(join(folder, name))).toEqual(before);
  });

  it('takes every record or none: a filter makes a gap', async () => {
    const log = await filledLog();
    const sink = createArchiveSink({ folder: newFolder() });
    const cursor = createFileCursor(join(newFolder(), 'cursor.json'));
    const filter = { types: ['spanforge.gate.v1'] };
    const exporter = createExporter({ reader: log, sink, cursor, filter });
    await expect(exporter.exportOnce()).rejects.toMatchObject({ code: 'EXPORT_ARCHIVE_INVALID' });
  });
});

describe('a cursor file', () => {
  it.each(['', '{', '[]', '{"v":"spanforge.export.cursor.v1","next":-1}', '{"v":"x","next":0}'])(
    'that holds %j is an error, never a new start',
    async (text) => {
      const path = join(newFolder(), 'cursor.json');
      writeFileSync(path, text);
      await expect(createFileCursor(path).load()).rejects.toMatchObject({
        code: 'EXPORT_CURSOR_INVALID',
      });
    },
  );
});
