import type { Affected, OsvEvent, OsvRange } from './osv-record.js';
import type { Ecosystem } from './package.js';
import { type CompareVersions, comparerOf } from './versions.js';

/** `affected`, `unaffected`, or `unknown` if versions cannot be compared. */
export type Affection = 'affected' | 'unaffected' | 'unknown';

interface Point {
  readonly version: string;
  readonly kind: 'introduced' | 'fixed' | 'last_affected' | 'limit';
}

const pointOf = (event: OsvEvent): Point | undefined => {
  for (const kind of ['introduced', 'fixed', 'last_affected', 'limit'] as const) {
    const version = event[kind];
    if (version !== undefined) return { version, kind };
  }
  return undefined;
};

/**
 * Compares an event with a version; `0` is before every version. Undefined if a text is not a
 * version.
 */
function order(compare: CompareVersions, left: string, right: string): number | undefined {
  if (left === right) return 0;
  if (left === '0') return -1;
  if (right === '0') return 1;
  return compare(left, right);
}

/** Evaluates one range as the OSV schema defines it: its events in the order of versions. */
function inRange(compare: CompareVersions, { events }: OsvRange, version: string): Affection {
  const points = events.flatMap((event) => pointOf(event) ?? []);
  if (points.some((point) => order(compare, version, point.version) === undefined))
    return 'unknown';
  const place = (point: Point): number => order(compare, point.version, version) ?? 0;
  const limits = points.filter(({ kind, version: at }) => kind === 'limit' && at !== '*');
  const sorted = points
    .filter(({ kind }) => kind !== 'limit')
    .sort((a, b) => order(compare, a.version, b.version) ?? 0);
  let affected = false;
  for (const point of sorted) {
    const at = place(point);
    if (point.kind === 'introduced' && at <= 0) affected = true;
    if (point.kind === 'fixed' && at <= 0) affected = false;
    if (point.kind === 'last_affected' && at < 0) affected = false;
  }
  const before = limits.length === 0 || limits.some((limit) => place(limit) > 0);
  return affected && before ? 'affected' : 'unaffected';
}

/** True if the list has this version, however either is spelled. */
function isListed(compare: CompareVersions, versions: readonly string[], version: string): boolean {
  return versions.some((one) => one === version || compare(one, version) === 0);
}

/**
 * True if an advisory affects a version: it is listed, or is in a range of the ecosystem or of
 * semantic versions. Ranges of commits are ignored.
 */
export function isAffected(
  { versions = [], ranges = [] }: Affected,
  ecosystem: Ecosystem,
  version: string,
): Affection {
  const compare = comparerOf(ecosystem);
  if (isListed(compare, versions, version)) return 'affected';
  const comparable = ranges.filter(({ type }) => type !== 'GIT');
  const answers = comparable.map((range) => inRange(compare, range, version));
  if (answers.includes('affected')) return 'affected';
  return answers.includes('unknown') ? 'unknown' : 'unaffected';
}
