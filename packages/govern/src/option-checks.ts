import { GovernError } from './error.js';
import type { ToolOptions } from './model/options.js';

/** Node fires longer timers at once. */
const MAX_TIMER_MS = 2_147_483_647;
const MAX_NAME = 512;

/** @throws {GovernError} `GOVERN_OPTIONS_INVALID`, naming the option and what is expected. */
export function throwInvalid(path: string, expected: string): never {
  throw new GovernError('GOVERN_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

/** Checks time limits. @throws `GOVERN_OPTIONS_INVALID`. */
export function checkLimits(limits: Readonly<Record<string, number | undefined>>): void {
  for (const [path, value] of Object.entries(limits)) {
    if (value === undefined || (value > 0 && value <= MAX_TIMER_MS)) continue;
    throwInvalid(path, 'milliseconds above 0 and below 2^31');
  }
}

/** Checks that an option is one of a few words. @throws `GOVERN_OPTIONS_INVALID`. */
export function checkOneOf(
  path: string,
  value: string | undefined,
  allowed: readonly string[],
): void {
  if (value !== undefined && !allowed.includes(value)) throwInvalid(path, allowed.join(' or '));
}

/** Checks counts. @throws `GOVERN_OPTIONS_INVALID`. */
export function checkCounts(counts: Readonly<Record<string, number | undefined>>): void {
  for (const [path, value] of Object.entries(counts)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throwInvalid(path, 'a positive integer');
    }
  }
}

/** Checks the options of one tool. @throws `GOVERN_OPTIONS_INVALID`. */
export function checkToolOptions(options: ToolOptions<never>): void {
  const { name, mode, effect, toolTimeoutMs, output, outputLabels, stream } = options;
  if (typeof name !== 'string' || name.length === 0 || name.length > MAX_NAME) {
    throwInvalid('name', `1 to ${MAX_NAME} characters`);
  }
  checkOneOf('mode', mode, ['enforce', 'shadow']);
  checkOneOf('effect', effect, ['read', 'write']);
  checkOneOf('output', output, ['trusted', 'untrusted']);
  checkOneOf('stream', stream, ['buffer', 'pass_through']);
  const isLabel = (label: string): boolean =>
    typeof label === 'string' && label.length > 0 && label.length <= MAX_NAME;
  if (outputLabels !== undefined && !outputLabels.every(isLabel)) {
    throwInvalid('outputLabels', `labels of 1 to ${MAX_NAME} characters`);
  }
  checkLimits({ toolTimeoutMs });
}
