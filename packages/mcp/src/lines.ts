import { McpError } from './error.js';
import type { OversizedMessage } from './transport.js';

/** Handlers of incoming lines. */
export interface LineHandlers {
  readonly message: (value: unknown, bytes: number) => void;
  readonly malformed: (error: McpError) => void;
  readonly oversized: (message: OversizedMessage) => void;
}

const NEWLINE = 0x0a;
/** How much of each end of an oversized line is looked at. */
const END_BYTES = 1024;

const ID = '("(?:[^"\\\\]|\\\\.){0,256}"|-?\\d{1,16})';
const AT_START = new RegExp(
  `^\\s*\\{\\s*(?:"jsonrpc"\\s*:\\s*"2\\.0"\\s*,\\s*)?"id"\\s*:\\s*${ID}\\s*,`,
);
const AT_END = new RegExp(`,\\s*"id"\\s*:\\s*${ID}\\s*\\}\\s*$`);
const METHOD_AT_START = /^\s*\{\s*(?:"(?:jsonrpc|id)"\s*:\s*[^,]{1,300},\s*){0,2}"method"\s*:/;
const METHOD_AT_END =
  /"method"\s*:\s*"[^"]{1,256}"\s*(?:,\s*"(?:jsonrpc|id)"\s*:\s*[^,{}]{1,300}){0,2}\}\s*$/;

function malformedError(cause: unknown): McpError {
  return new McpError('MCP_MESSAGE_MALFORMED', 'a line is not JSON', { cause });
}

/**
 * Finds the id of an oversized line in its two ends, because writers put the id first or last. If
 * it is not there, the id is left out; it is never guessed from inside the line.
 */
export function readEnds(start: string, end: string, maxBytes: number): OversizedMessage {
  const found = AT_START.exec(start)?.[1] ?? AT_END.exec(end)?.[1];
  const isCall = METHOD_AT_START.test(start) || METHOD_AT_END.test(end);
  const kind = isCall ? 'request' : 'response';
  if (found === undefined) return { kind, maxBytes };
  return { kind, maxBytes, id: JSON.parse(found) as string | number };
}

/**
 * Reads messages of one line each out of chunks. A line that is too long is skipped to its end, and
 * reported with the id of its message where its ends show it; so is one that is not UTF-8 or not
 * JSON. Blank lines are ignored.
 */
export function createLineReader(
  maxBytes: number,
  handlers: LineHandlers,
): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let parts: Uint8Array[] = [];
  let size = 0;
  /** Both ends of a line that is being skipped. */
  let skipped: { readonly start: Buffer; end: Buffer } | undefined;

  function take(part: Uint8Array): void {
    size += part.length;
    if (skipped !== undefined) {
      const end = Buffer.concat([skipped.end, part.subarray(-END_BYTES)]);
      skipped.end = Buffer.from(end.subarray(-END_BYTES));
      return;
    }
    parts.push(part);
    if (size <= maxBytes) return;
    const all = Buffer.concat(parts);
    parts = [];
    // Copies: a part of a large buffer would keep all of it.
    const start = Buffer.from(all.subarray(0, END_BYTES));
    skipped = { start, end: Buffer.from(all.subarray(-END_BYTES)) };
  }

  function endLine(): void {
    const line = parts;
    const bytes = size;
    const ends = skipped;
    parts = [];
    size = 0;
    skipped = undefined;
    if (ends !== undefined) {
      handlers.oversized(readEnds(ends.start.toString(), ends.end.toString(), maxBytes));
      return;
    }
    let value: unknown;
    try {
      const text = decoder.decode(line.length === 1 ? line[0] : Buffer.concat(line));
      if (text.trim() === '') return;
      value = JSON.parse(text);
    } catch (cause) {
      handlers.malformed(malformedError(cause));
      return;
    }
    handlers.message(value, bytes);
  }

  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, at));
      endLine();
      from = at + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  };
}

/** One message as one line. @throws {RangeError} when it is nested too deeply to be written. */
export function writeLine(message: unknown): string {
  return `${JSON.stringify(message)}\n`;
}
