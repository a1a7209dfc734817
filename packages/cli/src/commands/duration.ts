import { CliError } from '../error.js';

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Parses a duration such as `90s`, `30m`, `2h` or `1d`; returns milliseconds.
 *
 * @throws {CliError} `CLI_USAGE`.
 */
export function parseDuration(option: string, text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(digits) * (UNITS[unit] ?? 0);
  if (ms > 0) return ms;
  throw new CliError('CLI_USAGE', `${option}: expected a duration such as 90s, 30m, 2h or 1d`);
}
