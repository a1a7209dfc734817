import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CursorStore, Sink } from '@spanforge/exporters';
import { createFileCursor } from '@spanforge/exporters/node';
import { CliError } from '../error.js';
import type { CommandIo } from '../io.js';
import type { Workspace } from '../workspace/workspace.js';

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
 * @throws {CliError} `CLI_USAGE` for such lines. An archive tells by itself which records it has.
 * @throws {ExportError} `EXPORT_CURSOR_INVALID`.
 */
export async function openCursor(
  io: CommandIo,
  target: ExportTarget,
  workspace: Workspace,
  sink: Sink,
): Promise<CursorStore> {
  const path = cursorPath(io, target, workspace, sink);
  const cursor = createFileCursor(path);
  if ((await cursor.load()) !== undefined) return cursor;
  if (sink.name === 'file' && target.output !== undefined) {
    const found = await stat(resolve(io.cwd, target.output)).catch(() => undefined);
    if (found !== undefined && found.size > 0) {
      throw new CliError(
        'CLI_USAGE',
        `${target.output} has lines, but the cursor ${path} is gone: every record would be written a second time. Put the cursor back, name it with --cursor, or choose another --output.`,
      );
    }
  }
  await cursor.save({ next: 0 });
  return cursor;
}
