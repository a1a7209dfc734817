import { condense, fingerprintsOf } from './fingerprints.js';
import { MIN_VALUE, readText } from './value-text.js';

/** A value, prepared to be looked for in others. */
export interface ValueTrace {
  readonly values: readonly string[];
  readonly text: string;
  /** The eight-character windows of `text`. */
  readonly windows: ReadonlySet<string>;
  readonly fingerprints: ReadonlySet<number>;
  /** Set when not all of the value was read. */
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

/** Characters that may be searched in one comparison, before nothing is ruled out any more. */
const SEARCH_BUDGET = 16_777_216;

/**
 * Whether a whole value of at least eight characters of either stands in the text of the other.
 * What was read only in part, or costs too much to search, counts as found.
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

/** Whether both share a run of nineteen letters and digits, whatever stands between them. */
export function sharesRun(left: ValueTrace, right: ValueTrace): boolean {
  if (left.truncated || right.truncated) return true;
  const [few, many] =
    left.fingerprints.size < right.fingerprints.size ? [left, right] : [right, left];
  for (const one of few.fingerprints) if (many.fingerprints.has(one)) return true;
  return false;
}
