/** What this tool's own test changes: its tests say nothing of a value that is the limit. */
export function isBelow(value: number, limit: number): boolean {
  return value < limit;
}
