import { z } from 'zod';

/** Node fires longer timers at once. */
export const MAX_TIMER_MS = 2_147_483_647;
/** Characters of a name, such as that of a tool or of a label. */
export const MAX_NAME = 512;

export const isFunction = (value: unknown): boolean => typeof value === 'function';
export const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
export const oneOf = (words: readonly string[]): z.ZodType =>
  z.enum(words as [string, ...string[]], { error: `expected ${words.join(' or ')}` });
export const milliseconds = z
  .number({ error: 'expected milliseconds above 0 and below 2^31' })
  .positive({ error: 'expected milliseconds above 0 and below 2^31' })
  .max(MAX_TIMER_MS, { error: 'expected milliseconds above 0 and below 2^31' });
export const text = z.string({ error: 'expected text' }).min(1, { error: 'expected text' });
export const aFunction = z.custom(isFunction, { error: 'expected a function' });
const label = z
  .string({ error: `expected a label of 1 to ${MAX_NAME} characters` })
  .min(1, { error: `expected a label of 1 to ${MAX_NAME} characters` })
  .max(MAX_NAME, { error: `expected a label of 1 to ${MAX_NAME} characters` });

/** The options of one tool but its name: one schema for the governor and all its adapters. */
export const TOOL_OPTIONS = {
  resource: z.union([text, aFunction], { error: 'expected text or a function' }),
  action: text,
  effect: oneOf(['read', 'write']),
  mode: oneOf(['enforce', 'shadow']),
  observe: aFunction,
  toolTimeoutMs: milliseconds,
  output: oneOf(['trusted', 'untrusted']),
  outputLabels: z.array(label, { error: 'expected a list of labels' }),
  stream: oneOf(['buffer', 'pass_through']),
} as const;

/** Schemas by option. */
export type SchemaShape = Readonly<Record<string, z.ZodType>>;

/** The same schemas, of options that may be left out. */
export function optional(shape: SchemaShape): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.optional()]));
}
