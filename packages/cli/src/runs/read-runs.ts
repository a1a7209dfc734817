import { fromUtf8, type JsonValue, parseJson, SigningError } from '@spanforge/core-signing';
import { z } from 'zod';
import { CliError } from '../error.js';
import { type FileLine, type ReadLinesOptions, readLines } from './read-lines.js';

const MAX_RUN_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 64;

/** One recorded call of a tool. */
export interface RecordedCall {
  readonly id: string;
  readonly name: string;
  readonly args: Readonly<Record<string, JsonValue>>;
  readonly result?: JsonValue;
}

/** One recorded run of an agent, and where in the file it stands. */
export interface RecordedRun {
  readonly id: string;
  readonly calls: readonly RecordedCall[];
  readonly line: number;
  /** Bytes of the file read so far. */
  readonly offset: number;
}

const call = z.object({
  id: z.string().min(1),
  name: z.string().min(1).max(512),
  args: z.record(z.string(), z.unknown()),
  result: z.unknown().optional(),
});

/** Keys that are not named here are ignored. */
const run = z.object({
  id: z.string().min(1).max(512),
  tool_calls: z.array(call),
  messages: z.array(z.unknown()).optional(),
});

function parseLine(file: string, line: FileLine): JsonValue {
  try {
    return parseJson(line.bytes, { maxBytes: MAX_RUN_BYTES, maxDepth: MAX_DEPTH });
  } catch (cause) {
    const details = SigningError.is(cause) ? cause.details : {};
    const column = typeof details.column === 'number' ? details.column : 1;
    const why = cause instanceof Error ? cause.message : 'not JSON';
    throw new CliError('CLI_INPUT_INVALID', `${file}:${line.number}:${column}: ${why}`, {
      details: { file, line: line.number, column },
      cause,
    });
  }
}

/** Column of the first fault, as near as its key can be found in the line. */
function columnOf(line: FileLine, path: readonly PropertyKey[]): number {
  const key = [...path].reverse().find((part) => typeof part === 'string');
  const text = fromUtf8(line.bytes);
  const at = key === undefined ? -1 : text.indexOf(`${JSON.stringify(key)}`);
  return at < 0 ? 1 : at + 1;
}

/**
 * Reads recorded runs, one JSON object per line: `id`, `tool_calls: [{id, name, args, result}]`,
 * and optionally `messages`. Other keys are ignored; blank lines are not runs.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID` with file, line and column.
 */
export async function* readRuns(
  file: string,
  options: ReadLinesOptions = {},
): AsyncGenerator<RecordedRun> {
  const seen = new Set<string>();
  for await (const line of readLines(file, options)) {
    if (line.bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)) continue;
    const parsed = run.safeParse(parseLine(file, line));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const path = ['$', ...(issue?.path ?? [])].map(String).join('.');
      const column = columnOf(line, issue?.path ?? []);
      throw new CliError(
        'CLI_INPUT_INVALID',
        `${file}:${line.number}:${column}: ${path}: ${issue?.message}`,
        {
          details: { file, line: line.number, column, path },
        },
      );
    }
    const { id, tool_calls } = parsed.data;
    if (seen.has(id)) {
      throw new CliError(
        'CLI_INPUT_INVALID',
        `${file}:${line.number}:1: $.id: a run of this id came before`,
        {
          details: { file, line: line.number, column: 1, path: '$.id' },
        },
      );
    }
    seen.add(id);
    yield { id, calls: tool_calls as RecordedCall[], line: line.number, offset: line.offset };
  }
}
