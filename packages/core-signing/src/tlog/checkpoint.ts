import { toBase64 } from '../bytes.js';
import { SigningError } from '../error.js';
import { isName } from '../name.js';
import { isHash } from './hash.js';
import { isSize, parseDecimal } from './size.js';
import { readHash } from './text.js';

/** A tree head: the origin of the log, the number of records, and the root over them. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

const LINES = ['origin', 'size', 'root'] as const;

/**
 * The note body of a checkpoint: origin, size and base64 root, a line each (C2SP tlog-checkpoint).
 *
 * @throws {SigningError} `SIGNING_CHECKPOINT_INVALID` for what `parseCheckpoint` would refuse.
 */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (!isName(origin)) throw invalidError(1);
  if (!isSize(size)) throw invalidError(2);
  if (!isHash(root)) throw invalidError(3);
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * Parses a checkpoint: exactly three lines, exactly as `formatCheckpoint` writes them.
 *
 * Stricter than C2SP tlog-checkpoint: no extension lines, since no auditor could check them, and
 * the origin must be a valid key name.
 *
 * @throws {SigningError} `SIGNING_CHECKPOINT_INVALID`, naming the line (`details.line`, from 1).
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, sizeText, rootText, end, ...more] = text.split('\n', LINES.length + 2);
  if (!isName(origin)) throw invalidError(1);
  const size = parseDecimal(sizeText);
  if (size === undefined) throw invalidError(2);
  const root = readHash(rootText);
  if (root === undefined || end === undefined) throw invalidError(3);
  if (end !== '' || more.length > 0) throw invalidError(4);
  return { origin, size, root };
}

function invalidError(line: 1 | 2 | 3 | 4): SigningError {
  const field = LINES[line - 1];
  const message =
    field === undefined
      ? 'expected no line 4 in the checkpoint'
      : `line ${line} of the checkpoint, the ${field}, is invalid`;
  return new SigningError('SIGNING_CHECKPOINT_INVALID', message, {
    details: { line, field: field ?? 'end' },
  });
}
