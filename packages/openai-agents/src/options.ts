import type { CallContext, Governor, ToolOptions } from '@spanforge/govern';
import { OpenAIAgentsError } from './error.js';

/** One call, as far as the host needs it to say whose it is. */
export interface ToolCallInfo {
  readonly toolName: string;
  /** Absent for a handoff, and where the host invokes a tool itself. */
  readonly callId: string | undefined;
  /** The run context of the SDK, whose `context` is the host's; absent for calls of the model. */
  readonly runContext: unknown;
}

/** Whose call it is; the id of the call is the SDK's. */
export type HostContext = Omit<CallContext, 'callId' | 'signal'>;

/** Identity from the host; a function is asked for each call. One that throws stops the call. */
export type ContextSource =
  | HostContext
  | ((call: ToolCallInfo) => HostContext | Promise<HostContext>);

/** How one tool is governed; as {@link ToolOptions}, its name being its key. */
export type ToolRules<Input = never> = Omit<ToolOptions<Input>, 'name'>;

/** What a tool governor needs. */
export interface ToolGovernorOptions {
  readonly governor: Governor;
  readonly context: ContextSource;
  /** The agent these tools belong to, instead of the context's. Another agent cannot use them. */
  readonly agent?: string;
  /** By the name of the tool. */
  readonly rules?: Readonly<Record<string, ToolRules<never>>>;
  /** Tools that run where nothing can stop them; one that is not named here is refused. */
  readonly allowUngoverned?: readonly string[];
  /**
   * `interrupt`: a held call interrupts the run. `tell`: the model is told that it is held.
   * `interrupt` when absent.
   */
  readonly held?: 'interrupt' | 'tell';
  /** `tell`: the model is told why, and goes on. `throw`: the run ends. `tell` when absent. */
  readonly denials?: 'tell' | 'throw';
  /**
   * How long a call that was decided about waits for the SDK to run it, in milliseconds; 300000
   * when absent. After that it has ended as `cancelled` and is not run.
   */
  readonly admissionTimeoutMs?: number;
}

const KEYS = [
  'governor',
  'context',
  'agent',
  'rules',
  'allowUngoverned',
  'held',
  'denials',
  'admissionTimeoutMs',
];
const RULE_KEYS = [
  'resource',
  'action',
  'effect',
  'mode',
  'observe',
  'toolTimeoutMs',
  'output',
  'outputLabels',
  'stream',
];
const MAX_TIMER_MS = 2_147_483_647;

function invalid(path: string, expected: string): never {
  throw new OpenAIAgentsError('OPENAI_AGENTS_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

function checkKeys(path: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) invalid(`${path}${unknown}`, 'no such option');
}

function oneOf(path: string, value: string | undefined, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value)) invalid(path, allowed.join(' or '));
}

/** @throws {OpenAIAgentsError} `OPENAI_AGENTS_OPTIONS_INVALID`; an option nobody knows is one. */
export function checkOptions(options: ToolGovernorOptions): void {
  checkKeys('', options, KEYS);
  const { governor, context, agent, rules = {}, held, denials, admissionTimeoutMs } = options;
  if (typeof governor?.govern !== 'function') invalid('governor', 'a governor');
  if (typeof context !== 'function' && (typeof context !== 'object' || context === null)) {
    invalid('context', 'a context or a function that gives one');
  }
  for (const [name, rule] of Object.entries(rules)) checkKeys(`rules.${name}.`, rule, RULE_KEYS);
  if (agent !== undefined && (typeof agent !== 'string' || agent === '')) {
    invalid('agent', 'the name of an agent');
  }
  oneOf('held', held, ['interrupt', 'tell']);
  oneOf('denials', denials, ['tell', 'throw']);
  if (admissionTimeoutMs === undefined) return;
  if (!(admissionTimeoutMs > 0 && admissionTimeoutMs <= MAX_TIMER_MS)) {
    invalid('admissionTimeoutMs', 'milliseconds above 0 and below 2^31');
  }
}
