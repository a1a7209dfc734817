import { fromUtf8, type JsonValue, parseJson, SigningError } from '@spanforge/core-signing';
import { z } from 'zod';
import { CliError } from '../error.js';
import { type FileLine, type ReadLinesOptions, readLines } from './read-lines.js';

const MAX_RUN_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 64;

/** One recorded call of a tool. */
export interface RecordedToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: Readonly<Record<string, JsonValue>>;
  /** The result of the tool, if it was recorded; facts of later calls are taken from it. */
  readonly result?: JsonValue;
}

/** One recorded run of an agent, and its place in the file. */
export interface RecordedRun {
  readonly id: string;
  readonly calls: readonly RecordedToolCall[];
  /** The conversation as recorded, not validated. */
  readonly messages?: JsonValue;
  /** Line number, from 1. */
  readonly line: number;
  /** Bytes of the file read so far. */
  readonly offset: number;
}

/** Arguments stay as parsed; a schema over their keys would drop `__proto__`. */
const args = z.custom<Readonly<Record<string, JsonValue>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);

/** Any JSON, as parsed. */
const result = z.custom<JsonValue>(() => true).optional();

/** Other keys are ignored. */
const schema = z.object({
  id: z.string().min(1).max(512),
  tool_calls: z.array(
    z.object({ id: z.string().min(1), name: z.string().min(1).max(512), args, result }),
  ),
  messages: result,
});

function refusalError(
  file: string,
  place: { readonly line: number; readonly column: number; readonly path?: string },
  why: string,
  cause?: unknown,
): CliError {
  const { line, column, path } = place;
  const message = `${file}:${line}:${column}: ${path === undefined ? '' : `${path}: `}${why}`;
  return new CliError('CLI_INPUT_INVALID', message, { details: { file, ...place }, cause });
}

function parseLine(file: string, { bytes, number }: FileLine): JsonValue {
  try {
    return parseJson(bytes, { maxBytes: MAX_RUN_BYTES, maxDepth: MAX_DEPTH });
  } catch (cause) {
    const details = SigningError.is(cause) ? cause.details : {};
    const column = typeof details.column === 'number' ? details.column : 1;
    const why = cause instanceof Error ? cause.message : 'not JSON';
    throw refusalError(file, { line: number, column }, why, cause);
  }
}

/** The column of a problem, as close as its key can be found in the line. */
function columnOf({ bytes }: FileLine, path: readonly PropertyKey[]): number {
  const key = path.findLast((part) => typeof part === 'string');
  const at = key === undefined ? -1 : fromUtf8(bytes).indexOf(JSON.stringify(key));
  return Math.max(at, 0) + 1;
}

function readRun(file: string, line: FileLine): RecordedRun {
  const parsed = schema.safeParse(parseLine(file, line));
  if (parsed.success) {
    const { id, tool_calls: calls, messages } = parsed.data;
    const place = { line: line.number, offset: line.offset };
    const said = messages === undefined ? {} : { messages };
    return { id, calls: calls.map(callOf), ...said, ...place };
  }
  const [issue] = parsed.error.issues;
  const parts = issue?.path ?? [];
  const path = ['$', ...parts].map(String).join('.');
  const place = { line: line.number, column: columnOf(line, parts), path };
  throw refusalError(file, place, issue?.message ?? 'not a run');
}

function callOf({
  result: answer,
  ...call
}: z.infer<typeof schema>['tool_calls'][number]): RecordedToolCall {
  return answer === undefined ? call : { ...call, result: answer };
}

const isBlank = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/**
 * Reads recorded runs, one JSON object per line: `id` (once in a file) and
 * `tool_calls: [{id, name, args}]`. Other keys than results and messages are ignored; blank lines are not runs.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID` with file, line and column.
 */
export async function* readRuns(
  file: string,
  options: ReadLinesOptions = {},
): AsyncGenerator<RecordedRun> {
  const seen = new Set<string>();
  for await (const line of readLines(file, options)) {
    if (isBlank(line.bytes)) continue;
    const run = readRun(file, line);
    if (seen.has(run.id)) {
      const place = { line: line.number, column: columnOf(line, ['id']), path: '$.id' };
      throw refusalError(file, place, 'a run of this id came before');
    }
    seen.add(run.id);
    yield run;
  }
}
