/** Dotted numeric segments, such as `2026.05.02` or `1.10`; leading zeros are allowed. */
export const VERSION = /^[0-9]{1,15}(\.[0-9]{1,15}){0,7}$/;

/**
 * Compares two versions segment by segment as numbers, so that `1.10` is newer than `1.9`; a
 * missing segment counts as zero. Negative when `a` is older, zero when equal, positive when newer.
 */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
