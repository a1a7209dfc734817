import { condense, fingerprintsOf } from './fingerprints.js';
import { MIN_VALUE, readText } from './value-text.js';

/** A value, prepared for searching it in others. */
export interface ValueTrace {
  readonly values: readonly string[];
  readonly text: string;
  /** The eight-character windows of `text`. */
  readonly windows: ReadonlySet<string>;
  readonly fingerprints: ReadonlySet<number>;
  /** Set when the value was not read completely. */
  readonly truncated: boolean;
}

/** Prepares a value; linear in its text, which is bounded. */
export function traceValue(value: unknown): ValueTrace {
  const { values, text, truncated } = readText(value);
  const windows = new Set<string>();
  for (let start = 0; start + MIN_VALUE <= text.length; start += 1) {
    windows.add(text.slice(start, start + MIN_VALUE));
  }
  return { values, text, windows, fingerprints: fingerprintsOf(condense(text)), truncated };
}

/** The number of characters searched in one comparison; above it the value counts as found. */
const SEARCH_BUDGET = 16_777_216;

/**
 * Whether the text of one contains a whole value of the other with at least eight characters. A
 * value that was not read completely, or costs too much to search, counts as found.
 */
export function sharesValue(left: ValueTrace, right: ValueTrace): boolean {
  if (left.truncated || right.truncated) return true;
  const budget = { left: SEARCH_BUDGET };
  return contains(left, right.values, budget) || contains(right, left.values, budget);
}

function contains(
  { text, windows }: ValueTrace,
  values: readonly string[],
  budget: { left: number },
): boolean {
  for (const value of values) {
    if (value.length > text.length || !windows.has(value.slice(0, MIN_VALUE))) continue;
    if (!windows.has(value.slice(-MIN_VALUE))) continue;
    budget.left -= text.length;
    if (budget.left < 0 || text.includes(value)) return true;
  }
  return false;
}

/**
 * Whether both share nineteen letters and digits in a row, whatever characters stand between them.
 */
export function sharesRun(left: ValueTrace, right: ValueTrace): boolean {
  if (left.truncated || right.truncated) return true;
  const [few, many] =
    left.fingerprints.size < right.fingerprints.size ? [left, right] : [right, left];
  for (const one of few.fingerprints) if (many.fingerprints.has(one)) return true;
  return false;
}
