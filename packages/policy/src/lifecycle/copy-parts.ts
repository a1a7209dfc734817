import type { PolicyRequest } from '@spanforge/core-events';
import { canonicalize, textOfFrozenCopy } from '@spanforge/core-signing';

/** Every part of a request that is recorded, in the order of canonical JSON. */
const PARTS = [
  'action',
  'actor',
  'agent',
  'args',
  'context',
  'control',
  'env',
  'facts',
  'labels',
  'observed',
  'resource',
  'service',
  'time',
  'tool',
] as const satisfies readonly (keyof PolicyRequest)[];

/** A part of a request that is recorded. */
export type RequestPart = (typeof PARTS)[number];

/** The text before the value of a part. */
const LEADS = PARTS.map((part) => `,${JSON.stringify(part)}:`);

/** The levels and the length that canonical JSON may have, within the request and as a whole. */
const WITHIN = Object.freeze({ maxDepth: 63 });
const MAX_LENGTH = 67_108_864;

/** Canonical JSON of a request, and the copy that is parsed from it. */
export interface CopiedParts {
  readonly text: string;
  readonly copy: { [Part in RequestPart]?: unknown };
}

/**
 * The value that a text stands for. A string or a number cannot change, so it is its own copy; `-0` is written
 * as `0`.
 */
function copyOf(value: unknown, text: string): unknown {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? value + 0 : JSON.parse(text);
}

/**
 * Writes a request part by part, reading each once, and copies it: what is decided is what the text says.
 *
 * @param partOf The value of a part; `undefined` for a part that is left out.
 * @throws {SigningError} for what is not plain data.
 */
export function copyParts(partOf: (part: RequestPart) => unknown): CopiedParts {
  const copy: CopiedParts['copy'] = {};
  let text = '';
  for (let at = 0; at < PARTS.length; at += 1) {
    const part = PARTS[at] as RequestPart;
    const value = partOf(part);
    if (value === undefined) continue;
    const known = textOfFrozenCopy(value);
    const written = known ?? canonicalize(value, WITHIN);
    text += LEADS[at] + written;
    if (text.length > MAX_LENGTH) throw new RangeError('the request is too long');
    copy[part] = known === undefined ? copyOf(value, written) : value;
  }
  return { text: `{${text.slice(1)}}`, copy };
}
