/**
 * Milliseconds since the Unix epoch. Passed in wherever time is needed, so that tests can control
 * it.
 */
export type Clock = () => number;

/** The clock of the machine. */
export const systemClock: Clock = () => Date.now();

/**
 * Formats epoch milliseconds for records: RFC 3339, UTC, three decimals, `Z`.
 *
 * @throws {RangeError} for a value that is not a time, such as `NaN`.
 */
export function formatTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
