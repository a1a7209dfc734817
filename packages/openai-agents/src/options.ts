import {
  type AdapterOptions,
  type AdapterToolOptions,
  checkAdapterOptions,
} from '@spanforge/govern/adapters';
import { OpenAIAgentsError } from './error.js';

/** What a host gets to know of a call, to say who makes it. */
export interface AgentsCall {
  readonly toolName: string;
  /** Absent for a handoff, and if the host itself invokes a tool. */
  readonly callId: string | undefined;
  /** The run context of the SDK, whose `context` is the host's; absent for calls of the model. */
  readonly runContext: unknown;
}

/** How one tool is governed; its name is its key. */
export type AgentsToolOptions = AdapterToolOptions;

/** What a tool governor needs. */
export interface AgentsGovernorOptions extends AdapterOptions<AgentsCall, AgentsToolOptions> {
  /**
   * The agent that these tools belong to, instead of the agent of the context. No other agent can
   * use them.
   */
  readonly agent?: string;
  /**
   * `ask`, the default: a held call interrupts the run. `tell`: the model is told that the call is
   * held.
   */
  readonly held?: 'ask' | 'tell';
  /**
   * Tools that run where the governor cannot stop them: `refuse`, the default, or the names of
   * those that are allowed.
   */
  readonly ungoverned?: 'refuse' | readonly string[];
  /**
   * How long a decided call waits for the SDK to run it, in milliseconds; 300000 when absent. After
   * that the call ends as `cancelled` and does not run.
   */
  readonly admissionTimeoutMs?: number;
}

function invalidError(path: string, expected: string): OpenAIAgentsError {
  return new OpenAIAgentsError('OPENAI_AGENTS_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

/**
 * @throws {OpenAIAgentsError} `OPENAI_AGENTS_OPTIONS_INVALID`, for an unknown option too.
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID` for a value that is not one of a tool's options.
 */
export function checkOptions(options: AgentsGovernorOptions): void {
  const forms = { options: { agent: 'text', admissionTimeoutMs: 'milliseconds' } } as const;
  checkAdapterOptions(options, forms, invalidError);
}
