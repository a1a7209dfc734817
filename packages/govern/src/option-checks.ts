import { z } from 'zod';
import { GovernError } from './error.js';
import type { ToolOptions } from './model/options.js';
import { MAX_NAME, MAX_TIMER_MS, optional, TOOL_OPTIONS } from './tool-schema.js';

/** @throws {GovernError} `GOVERN_OPTIONS_INVALID`, naming the option and what is expected. */
export function throwInvalid(path: string, expected: string): never {
  throw new GovernError('GOVERN_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

/** Checks time limits. @throws `GOVERN_OPTIONS_INVALID`. */
export function checkLimits(limits: Readonly<Record<string, number | undefined>>): void {
  for (const [path, value] of Object.entries(limits)) {
    const isLimit = typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS;
    if (value === undefined || isLimit) continue;
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

/** Checks that options are functions. @throws `GOVERN_OPTIONS_INVALID`. */
export function checkFunctions(functions: Readonly<Record<string, unknown>>): void {
  for (const [path, value] of Object.entries(functions)) {
    if (value !== undefined && typeof value !== 'function') throwInvalid(path, 'a function');
  }
}

/** Checks lists of named controls. @throws `GOVERN_OPTIONS_INVALID`. */
export function checkNamedControls(lists: Readonly<Record<string, unknown>>): void {
  for (const [path, value] of Object.entries(lists)) {
    if (value === undefined) continue;
    if (!Array.isArray(value)) throwInvalid(path, 'a list of controls with names');
    for (const [at, one] of value.entries()) {
      if (typeof one?.name !== 'string') throwInvalid(`${path}.${at}.name`, 'a string');
      checkFunctions({ [`${path}.${at}.control`]: one.control ?? null });
    }
  }
}

/** Checks counts. @throws `GOVERN_OPTIONS_INVALID`. */
export function checkCounts(counts: Readonly<Record<string, number | undefined>>): void {
  for (const [path, value] of Object.entries(counts)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throwInvalid(path, 'a positive integer');
    }
  }
}

const toolName = z
  .string({ error: `expected 1 to ${MAX_NAME} characters` })
  .min(1, { error: `expected 1 to ${MAX_NAME} characters` })
  .max(MAX_NAME, { error: `expected 1 to ${MAX_NAME} characters` });
const toolOptions = z.strictObject(
  { name: toolName, ...optional(TOOL_OPTIONS) },
  { error: 'expected the options of a tool' },
);

/** Checks the options of one tool. @throws `GOVERN_OPTIONS_INVALID`. */
export function checkToolOptions(options: ToolOptions<never>): void {
  const [issue] = toolOptions.safeParse(options).error?.issues ?? [];
  if (issue === undefined) return;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...issue.path, ...unknown].map(String).join('.');
  if (unknown.length > 0) throwInvalid(path, 'no such option');
  throwInvalid(path, issue.message.replace(/^expected /, ''));
}
