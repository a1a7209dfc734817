import { McpError } from './error.js';

/** What is done with what comes in. */
export interface LineHandlers {
  readonly message: (value: unknown) => void;
  readonly malformed: (error: McpError) => void;
}

const NEWLINE = 0x0a;

function malformed(cause: unknown): McpError {
  return new McpError('MCP_MESSAGE_MALFORMED', 'a line is not JSON', { cause });
}

/**
 * Reads messages of one line each out of chunks. A line that is too long is skipped to its end and
 * told of; so is one that is not UTF-8 or not JSON. Blank lines are nothing.
 */
export function createLineReader(
  maxBytes: number,
  handlers: LineHandlers,
): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let parts: Uint8Array[] = [];
  let size = 0;
  let skipping = false;

  function take(part: Uint8Array): void {
    if (skipping) return;
    size += part.length;
    if (size <= maxBytes) {
      parts.push(part);
      return;
    }
    skipping = true;
    parts = [];
    const details = { maxBytes };
    handlers.malformed(
      new McpError('MCP_MESSAGE_TOO_LARGE', 'a message is too large', { details }),
    );
  }

  function endLine(): void {
    const line = parts;
    const skipped = skipping;
    parts = [];
    size = 0;
    skipping = false;
    if (skipped) return;
    let value: unknown;
    try {
      const text = decoder.decode(Buffer.concat(line));
      if (text.trim() === '') return;
      value = JSON.parse(text);
    } catch (cause) {
      handlers.malformed(malformed(cause));
      return;
    }
    handlers.message(value);
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
