import type { CallContext, Governor, ToolOptions } from '@spanforge/govern';
import { AiSdkError } from './error.js';

/** One call, as far as the host needs it to say whose it is. */
export interface ToolCallInfo {
  readonly toolName: string;
  readonly toolCallId: string;
  /** What the host gave the SDK: `experimental_context` in version 6, the tool's context in 7. */
  readonly hostContext: unknown;
  /** Of the conversation; from the client in many applications, and then not to be trusted. */
  readonly messages: readonly unknown[];
}

/** Whose call it is; the id of the call is the SDK's. */
export type HostContext = Omit<CallContext, 'callId' | 'signal'>;

/** How one tool is governed; as {@link ToolOptions}, its name being its key. */
export interface ToolRules<Input = never> extends Omit<ToolOptions<Input>, 'name'> {
  /** `execute` returns a stream without being an async generator function. */
  readonly streams?: boolean;
}

/** What a tool governor needs. */
export interface ToolGovernorOptions {
  readonly governor: Governor;
  /** Identity from the host; a function is asked for each call. One that throws stops the call. */
  readonly context: HostContext | ((call: ToolCallInfo) => HostContext | Promise<HostContext>);
  /** By the name of the tool. */
  readonly rules?: Readonly<Record<string, ToolRules<never>>>;
  /**
   * Tools that run where nothing can stop them: at the provider, or in the client. Their calls are
   * put on record as shadows; a tool that is not named here is refused.
   */
  readonly allowUngoverned?: readonly string[];
  /**
   * `approval`: a held call becomes an approval request of the SDK. `error`: the model is told that
   * it is held, which is for sub-agents, whose requests nobody would see. `approval` when absent.
   */
  readonly held?: 'approval' | 'error';
  /**
   * How long a call that was decided about waits for the SDK to run it, in milliseconds; 300000
   * when absent. After that it has ended as `cancelled` and is not run.
   */
  readonly admissionTimeoutMs?: number;
}

const KEYS = ['governor', 'context', 'rules', 'allowUngoverned', 'held', 'admissionTimeoutMs'];
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
  'streams',
];
const MAX_TIMER_MS = 2_147_483_647;

function invalid(path: string, expected: string): never {
  throw new AiSdkError('AI_SDK_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

function checkKeys(path: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) invalid(`${path}${unknown}`, 'no such option');
}

/** @throws {AiSdkError} `AI_SDK_OPTIONS_INVALID`; an option nobody knows is one. */
export function checkOptions(options: ToolGovernorOptions): void {
  checkKeys('', options, KEYS);
  const { governor, context, rules = {}, held, admissionTimeoutMs } = options;
  if (typeof governor?.govern !== 'function') invalid('governor', 'a governor');
  if (typeof context !== 'function' && (typeof context !== 'object' || context === null)) {
    invalid('context', 'a context or a function that gives one');
  }
  for (const [name, rule] of Object.entries(rules)) checkKeys(`rules.${name}.`, rule, RULE_KEYS);
  if (held !== undefined && held !== 'approval' && held !== 'error') {
    invalid('held', 'approval or error');
  }
  if (admissionTimeoutMs === undefined) return;
  if (!(admissionTimeoutMs > 0 && admissionTimeoutMs <= MAX_TIMER_MS)) {
    invalid('admissionTimeoutMs', 'milliseconds above 0 and below 2^31');
  }
}
