import { fromUtf8, parseJson } from '@spanforge/core-signing';
import { GateError } from '../error.js';
import { readRegularFile } from '../files/open-regular.js';
import { splitDocument, splitLines } from '../schema-validation/split-json.js';

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_PIECE = 64 * 1024 * 1024;

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const first = (span: Members, ...names: readonly string[]): unknown =>
  names.map((name) => span[name]).find((value) => value !== undefined);

/** Parses a time as OpenTelemetry, OpenInference and their SDKs write it; returns milliseconds. */
function timeMs(value: unknown, nano: boolean): number {
  if (Array.isArray(value)) return Number(value[0]) * 1000 + Number(value[1]) / 1e6;
  if (nano) return typeof value === 'string' ? Number(BigInt(value)) / 1e6 : Number(value) / 1e6;
  return typeof value === 'string' ? Date.parse(value) : Number(value);
}

/** The duration of one span in milliseconds; undefined if the value is not a span. */
function durationOf(span: Members): number | undefined {
  const direct = first(span, 'duration_ms', 'latency_ms', 'durationMs');
  if (typeof direct === 'number') return direct;
  if (Array.isArray(span.duration)) return timeMs(span.duration, false);
  const nano = first(span, 'startTimeUnixNano', 'start_time_unix_nano');
  const start = nano ?? first(span, 'start_time', 'startTime');
  const end = first(span, 'endTimeUnixNano', 'end_time_unix_nano', 'end_time', 'endTime');
  if (start === undefined || end === undefined) return undefined;
  return timeMs(end, nano !== undefined) - timeMs(start, nano !== undefined);
}

/**
 * Finds spans wherever an export puts them: `resourceSpans`, `scopeSpans`, `spans`, lists of spans.
 */
function collect(value: unknown, depth: number, found: number[]): void {
  if (depth > 12) return;
  if (Array.isArray(value)) {
    for (const one of value) collect(one, depth + 1, found);
    return;
  }
  if (!isMembers(value)) return;
  const duration = durationOf(value);
  if (duration !== undefined) {
    if (!(Number.isFinite(duration) && duration >= 0)) {
      throw new GateError('GATE_INPUT_INVALID', 'a span has no end, or ends before it begins');
    }
    found.push(duration);
    return;
  }
  for (const name of [
    'resourceSpans',
    'resource_spans',
    'scopeSpans',
    'scope_spans',
    'spans',
    'data',
  ]) {
    if (value[name] !== undefined) collect(value[name], depth + 1, found);
  }
}

/**
 * Reads the durations of the spans in a file of OpenTelemetry (OTLP JSON) or OpenInference traces,
 * as JSON or JSONL.
 *
 * @throws {GateError} `GATE_INPUT_UNREADABLE`, `GATE_INPUT_INVALID`.
 */
export async function readTraceDurations(path: string): Promise<{
  readonly durations: readonly number[];
  readonly bytes: Uint8Array;
}> {
  const bytes = await readRegularFile(path, MAX_BYTES);
  const durations: number[] = [];
  try {
    const text = fromUtf8(bytes);
    const splitter = /\.(jsonl|ndjson)$/i.test(path)
      ? splitLines(MAX_PIECE)
      : splitDocument(MAX_PIECE);
    for (const piece of [...splitter.push(text), ...splitter.end()]) {
      if (piece.text === undefined)
        throw new GateError('GATE_INPUT_INVALID', 'a trace is too large');
      collect(parseJson(piece.text, { maxBytes: MAX_PIECE * 4 }), 0, durations);
    }
  } catch (cause) {
    if (GateError.is(cause)) throw cause;
    throw new GateError('GATE_INPUT_INVALID', 'the traces cannot be read as JSON', { cause });
  }
  return { durations, bytes };
}
