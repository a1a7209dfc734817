import {
  type AdapterOptions,
  type AdapterToolOptions,
  checkAdapterOptions,
} from '@spanforge/govern/adapters';
import { OpenAIAgentsError } from './error.js';

/** One call, as far as the host needs it to say whose it is. */
export interface AgentsCall {
  readonly toolName: string;
  /** Absent for a handoff, and where the host invokes a tool itself. */
  readonly callId: string | undefined;
  /** The run context of the SDK, whose `context` is the host's; absent for calls of the model. */
  readonly runContext: unknown;
}

/** How one tool is governed; its name is its key. */
export type AgentsToolOptions = AdapterToolOptions;

/** What a tool governor needs. */
export interface AgentsGovernorOptions extends AdapterOptions<AgentsCall, AgentsToolOptions> {
  /** The agent these tools belong to, instead of the context's. Another agent cannot use them. */
  readonly agent?: string;
  /**
   * `ask`, also when absent: a held call interrupts the run. `tell`: the model is told that it is
   * held.
   */
  readonly held?: 'ask' | 'tell';
  /** Tools that run where nothing can stop them: `refuse`, also when absent, or their names. */
  readonly ungoverned?: 'refuse' | readonly string[];
  /**
   * How long a call that was decided about waits for the SDK to run it, in milliseconds; 300000
   * when absent. After that it has ended as `cancelled` and is not run.
   */
  readonly admissionTimeoutMs?: number;
}

function invalidError(path: string, expected: string): OpenAIAgentsError {
  return new OpenAIAgentsError('OPENAI_AGENTS_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

/**
 * @throws {OpenAIAgentsError} `OPENAI_AGENTS_OPTIONS_INVALID`; an option nobody knows is one.
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID` for a value that is not one of a tool's options.
 */
export function checkOptions(options: AgentsGovernorOptions): void {
  const forms = { options: { agent: 'text', admissionTimeoutMs: 'milliseconds' } } as const;
  checkAdapterOptions(options, forms, invalidError);
}
