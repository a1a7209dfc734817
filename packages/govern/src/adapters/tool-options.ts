import { z } from 'zod';
import { GovernError } from '../error.js';
import type { Governor, ToolOptions } from '../model/options.js';
import {
  aFunction,
  isFunction,
  isObject,
  milliseconds,
  oneOf,
  optional,
  type SchemaShape,
  TOOL_OPTIONS,
  text,
} from '../tool-schema.js';
import type { CallerContext, CallerSource } from './caller.js';

/** How an adapter governs one tool; its name is its key. */
export type AdapterToolOptions = Omit<ToolOptions<never>, 'name'>;

/** The options every adapter has, in the same words. */
export interface AdapterOptions<
  Call,
  PerTool = AdapterToolOptions,
  Context extends CallerContext = CallerContext,
> {
  readonly governor: Governor;
  /** Who calls: fixed, or a function of the call. Never from messages or arguments. */
  readonly context: CallerSource<Call, Context>;
  /** How tools are governed, by their name. */
  readonly tools?: Readonly<Record<string, PerTool>>;
  /**
   * A call that a person has to approve. `ask`, also when absent: the framework's own way to ask a
   * person. `tell`: the model is told that it is held, and the call waits for somebody elsewhere.
   */
  readonly held?: 'ask' | 'tell';
  /** A call that is denied. `tell`, also when absent: the model is told why. `throw`: the run ends. */
  readonly denied?: 'tell' | 'throw';
  /**
   * Tools that run where nothing can stop them, such as at the model's provider: `refuse`, also when
   * absent, or the names of those that may run all the same.
   */
  readonly ungoverned?: 'refuse' | readonly string[];
}

/** What a further option of one adapter takes; a list is a choice of words. */
export type OptionForm =
  | 'text'
  | 'boolean'
  | 'milliseconds'
  | 'function'
  | 'object'
  | readonly string[];

/** What an adapter has beside the options of all. */
export interface AdapterForms {
  readonly options?: Readonly<Record<string, OptionForm>>;
  /** Per tool. */
  readonly tools?: Readonly<Record<string, OptionForm>>;
  /** Options per tool that this framework has no use for. */
  readonly without?: readonly string[];
}

function schemaOf(form: OptionForm): z.ZodType {
  if (form === 'text') return text;
  if (form === 'boolean') return z.boolean({ error: 'expected true or false' });
  if (form === 'milliseconds') return milliseconds;
  if (form === 'function') return aFunction;
  if (form === 'object') return z.custom(isObject, { error: 'expected an object' });
  return oneOf(form);
}

const OPTIONS = {
  governor: z.custom((value) => isFunction((value as { govern?: unknown } | undefined)?.govern), {
    error: 'expected a governor',
  }),
  context: z.custom((value) => isFunction(value) || isObject(value), {
    error: 'expected a context or a function that returns one',
  }),
  held: oneOf(['ask', 'tell']).optional(),
  denied: oneOf(['tell', 'throw']).optional(),
  ungoverned: z
    .union([z.literal('refuse'), z.array(text)], { error: 'expected refuse or a list of names' })
    .optional(),
} as const;

function formsOf(forms: Readonly<Record<string, OptionForm>> = {}): SchemaShape {
  return Object.fromEntries(Object.entries(forms).map(([key, form]) => [key, schemaOf(form)]));
}

function toolSchema({ tools, without = [] }: AdapterForms): z.ZodType {
  const kept = Object.entries(TOOL_OPTIONS).filter(([key]) => !without.includes(key));
  return z.strictObject(optional({ ...Object.fromEntries(kept), ...formsOf(tools) }), {
    error: 'expected the options of a tool',
  });
}

interface Fault {
  readonly path: string;
  readonly expected: string;
  /** A value of an option that the governor itself has. */
  readonly isGovernors: boolean;
}

function faultOf({ path, code, message, ...issue }: z.core.$ZodIssue): Fault {
  const unknown = code === 'unrecognized_keys' ? (issue as { keys: readonly string[] }).keys : [];
  const whole = [...path, ...unknown.slice(0, 1)].map(String);
  const expected = unknown.length > 0 ? 'no such option' : message.replace(/^expected /, '');
  const isGovernors =
    whole[0] === 'tools' && unknown.length === 0 && Object.hasOwn(TOOL_OPTIONS, whole[2] ?? '');
  return { path: whole.join('.'), expected, isGovernors };
}

/**
 * Checks the options of an adapter; an option nobody knows is a fault.
 *
 * @param invalidError Makes the adapter's own error of a path and what was expected there.
 * @throws what `invalidError` makes; {@link GovernError} `GOVERN_OPTIONS_INVALID` for a value that is
 *   none of the governor's own options of a tool.
 */
export function checkAdapterOptions(
  options: object,
  forms: AdapterForms,
  invalidError: (path: string, expected: string) => Error,
): void {
  const tools = z.record(z.string(), toolSchema(forms), { error: 'expected options by tool name' });
  const further = optional(formsOf(forms.options));
  const parsed = z
    .strictObject({ ...OPTIONS, ...further, tools: tools.optional() })
    .safeParse(options);
  const [issue] = parsed.error?.issues ?? [];
  if (issue === undefined) return;
  const { path, expected, isGovernors } = faultOf(issue);
  if (!isGovernors) throw invalidError(path, expected);
  throw new GovernError('GOVERN_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

/** True where a tool that runs elsewhere may run ungoverned. */
export function isUngovernedAllowed(
  ungoverned: 'refuse' | readonly string[] | undefined,
  name: string,
): boolean {
  return Array.isArray(ungoverned) && ungoverned.includes(name);
}
