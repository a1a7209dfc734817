import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CursorStore, Sink } from '@spanforge/exporters';
import { createFileCursor } from '@spanforge/exporters/node';
import { visible } from '@spanforge/operator';
import { CliError } from '../error.js';
import { exists, systemCode } from '../files/read.js';
import type { CommandIo } from '../io.js';
import type { Workspace } from '../workspace/workspace.js';

const MAX_SELECTION = 1000;

/** What tells one export from another. */
export interface ExportTarget {
  readonly cursor?: string;
  readonly output?: string;
  readonly syslog?: string;
  readonly url?: string;
  readonly index?: string;
  readonly type?: readonly string[];
  readonly tenant?: readonly string[];
}

/** What an export sends, as its command line says it; a digest of it if that is long. */
function selectionOf(format: string, { type = [], tenant = [] }: ExportTarget): string {
  const options = (name: string, values: readonly string[]): readonly string[] =>
    [...new Set(values)].sort().map((value) => `${name} ${JSON.stringify(value)}`);
  const text = [format, ...options('--tenant', tenant), ...options('--type', type)].join(' ');
  if (text.length <= MAX_SELECTION) return text;
  return `${format} (sha256 ${createHash('sha256').update(text).digest('hex')})`;
}

/** Two receivers, or two selections for one of them, each have a cursor: else the second misses records. */
function receiverName({ name }: Sink, { syslog, url, index, type, tenant }: ExportTarget): string {
  const selection = [[...(type ?? [])].sort(), [...(tenant ?? [])].sort()];
  const text = JSON.stringify([syslog ?? url, index ?? '', ...selection]);
  return `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

/** The path of the cursor: beside the output, or in the workspace under a name for receiver and selection. */
function cursorPath(io: CommandIo, target: ExportTarget, { paths }: Workspace, sink: Sink): string {
  const { cursor, output } = target;
  if (cursor !== undefined) return resolve(io.cwd, cursor);
  if (output !== undefined) return `${resolve(io.cwd, output)}.cursor.json`;
  return resolve(paths.root, 'exports', `${receiverName(sink, target)}.cursor.json`);
}

/**
 * Opens the cursor of an export, and makes it before the first record is sent: lines without a cursor
 * are then those of an export whose cursor was lost, and would all be written a second time.
 *
 * The cursor remembers what it counts, for another choice of records would miss those before it. One
 * that does not say, from an earlier version, is taken for what is asked for now.
 *
 * @throws {CliError} `CLI_USAGE` for a cursor of another format or choice, and for such lines. An archive
 *   tells by itself which records it has.
 * @throws {CliError} `CLI_FILE_UNREADABLE`, `CLI_FILE_UNWRITABLE` for what cannot be such an output.
 * @throws {ExportError} `EXPORT_CURSOR_INVALID`.
 */
export async function openCursor(
  io: CommandIo,
  target: ExportTarget,
  workspace: Workspace,
  sink: Sink,
  format: string,
): Promise<CursorStore> {
  const path = cursorPath(io, target, workspace, sink);
  const selection = selectionOf(format, target);
  const file = createFileCursor(path);
  const load = (): ReturnType<CursorStore['load']> => naming(path, () => file.load());
  const cursor: CursorStore = {
    load,
    save: (position) => file.save({ ...position, selection }),
  };
  const found = await load();
  if (format === 'archive') await requireFolder(io, target);
  if (found === undefined) {
    await requireNoLines(io, target, sink, path);
    await cursor.save({ next: 0 });
  } else if (found.selection === undefined) {
    await cursor.save(found);
  } else if (found.selection !== selection) {
    throw new CliError(
      'CLI_USAGE',
      `the cursor ${path} belongs to the export "${visible(found.selection)}", this one is "${visible(selection)}": it would miss every record that the cursor is past. Repeat the export as it was, or choose another ${target.output === undefined || target.cursor !== undefined ? '--cursor' : '--output'}.`,
    );
  }
  return cursor;
}

/** Says which file cannot be read, where the file system alone refuses it. */
async function naming<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const reason = systemCode(cause);
    if (!/^E[A-Z0-9]+$/.test(reason)) throw cause;
    throw new CliError('CLI_FILE_UNREADABLE', `${file}: cannot be read (${reason})`, {
      details: { file, reason },
      cause,
    });
  }
}

/** An archive is a folder: one that is there, or one that can be made. */
async function requireFolder(io: CommandIo, { output = '' }: ExportTarget): Promise<void> {
  const path = resolve(io.cwd, output);
  if (!(await exists(path))) return;
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw unwritable(path, found ? 'is no folder; name another' : 'is a link to nothing');
}

function unwritable(file: string, why: string): CliError {
  return new CliError('CLI_FILE_UNWRITABLE', `${file}: ${why}`, { details: { file } });
}

async function requireNoLines(
  io: CommandIo,
  { output }: ExportTarget,
  { name }: Sink,
  path: string,
): Promise<void> {
  if (name !== 'file' || output === undefined) return;
  const found = await stat(resolve(io.cwd, output)).catch((cause: unknown) => {
    const reason = systemCode(cause);
    if (reason === 'ENOENT') return undefined;
    throw new CliError('CLI_FILE_UNREADABLE', `${output}: cannot be looked at (${reason})`, {
      details: { file: output, reason },
      cause,
    });
  });
  if (found?.isDirectory()) throw unwritable(output, 'is a folder; name a file');
  if (found === undefined || found.size === 0) return;
  throw new CliError(
    'CLI_USAGE',
    `${output} has lines, but the cursor ${path} is gone: every record would be written a second time. Put the cursor back, name it with --cursor, or choose another --output.`,
  );
}
