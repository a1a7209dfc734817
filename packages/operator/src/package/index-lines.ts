import { canonicalize, parseJson, SigningError } from '@spanforge/core-signing';
import { z } from 'zod';

/**
 * One line of `records.index`, about the record on the same line of `records.jsonl`: canonical JSON
 * with its index in the log and, where the record is signed so, its HMAC and the key's id.
 */
export interface IndexLine {
  readonly index: number;
  readonly kid?: string;
  readonly hmac?: string;
}

/** One line of `disclosures.jsonl`: a value one record commits to, and what opens it. */
export interface DisclosureLine {
  readonly index: number;
  readonly name: string;
  readonly digest: string;
  /** base64url of the JSON `[salt, name, value]` (RFC 9901). */
  readonly disclosure: string;
}

const index = z.int().min(0);
const indexLine = z.union([
  z.strictObject({
    index,
    kid: z.string().min(1).max(512),
    hmac: z.string().regex(/^hmac-sha256:[0-9a-f]{64}$/),
  }),
  z.strictObject({ index }),
]);
const disclosureLine = z.strictObject({
  index,
  name: z.string().min(1),
  digest: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  disclosure: z.string().regex(/^[A-Za-z0-9_-]+$/),
});

const MAX_LINE_BYTES = 67_108_864 + 4096;

/** Lines, each ended by a newline; no lines are no bytes. */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

export function formatLine(line: IndexLine | DisclosureLine): string {
  return canonicalize(line);
}

/** A line of the given shape in its one canonical spelling, else undefined. */
function parseLine<Line>(schema: z.ZodType<Line>, text: string): Line | undefined {
  try {
    const value = parseJson(text, { maxBytes: MAX_LINE_BYTES });
    const parsed = schema.safeParse(value);
    return parsed.success && canonicalize(value) === text ? parsed.data : undefined;
  } catch (error) {
    if (SigningError.is(error)) return undefined;
    throw error;
  }
}

export function parseIndexLine(text: string): IndexLine | undefined {
  return parseLine(indexLine, text);
}

export function parseDisclosureLine(text: string): DisclosureLine | undefined {
  return parseLine(disclosureLine, text);
}
