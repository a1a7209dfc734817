import type { CallContext, Reviews } from '@spanforge/govern';
import {
  type AdapterOptions,
  type AdapterToolOptions,
  type CallerSource,
  checkAdapterOptions,
} from '@spanforge/govern/adapters';
import { LangchainError } from './error.js';
import type { ReviewQuestion } from './question.js';

/** What is known of a call besides its arguments: nothing in it comes from a model but the two names. */
export interface LangchainCall {
  readonly tool: string;
  /** The id the model, or its framework, gave the call. */
  readonly toolCallId?: string;
  /** What the host put into `configurable` of the run, such as `thread_id`. */
  readonly configurable: Readonly<Record<string, unknown>>;
  /** The run's `context`, as the host gave it. */
  readonly context: unknown;
}

/**
 * Who calls, where and in which run: fixed, or told by the host for each call. A `callId` in it
 * names the call instead of the id of the tool call. One that throws stops the call.
 */
export type LangchainCallerSource = CallerSource<LangchainCall, CallContext>;

/** How a tool is governed, by its operator; its name is its key. */
export interface LangchainToolOptions extends Omit<AdapterToolOptions, 'stream'> {
  /**
   * What becomes of the events a generator tool yields. `hold`, also when absent: nobody sees them.
   * `pass_through`: they go out as they come, unseen by any control; the result is judged all the same.
   */
  readonly events?: 'hold' | 'pass_through';
  /** What the tool must say of itself; one that says something else is another, unknown tool. */
  readonly description?: string;
}

/** What governs the tools of one or more agents. */
export interface GovernanceOptions
  extends AdapterOptions<LangchainCall, LangchainToolOptions, CallContext> {
  /** Tools that are not named in `tools`: `govern`, also when absent, as writing tools; or `deny`. */
  readonly undeclared?: 'govern' | 'deny';
  /**
   * Reviews of the governor's log, so that the answer to an interrupt is recorded. Without it an
   * answer only makes the graph look again for what was decided elsewhere.
   */
  readonly reviews?: Reviews;
  /**
   * Names who answered an interrupt, from the host's own session. When absent, the answer's
   * `reviewer` is believed, so the host must have written it.
   */
  readonly reviewer?: (
    request: LangchainCall,
    question: ReviewQuestion,
  ) => string | Promise<string>;
  /**
   * A call that a person has to approve: `ask`, also when absent, interrupts the graph; `tell` answers
   * the model with a message.
   */
  readonly held?: 'ask' | 'tell';
  /** A call that is denied: `tell`, also when absent, is a message to the model; or `throw`. */
  readonly denied?: 'tell' | 'throw';
  /**
   * Tools that the model's provider runs itself, by their name or type: `refuse`, also when absent, or
   * those that may.
   */
  readonly ungoverned?: 'refuse' | readonly string[];
}

const FORMS = {
  options: { undeclared: ['govern', 'deny'], reviews: 'object', reviewer: 'function' },
  tools: { events: ['hold', 'pass_through'], description: 'text' },
  without: ['stream'],
} as const;

function invalidError(path: string, expected: string): LangchainError {
  return new LangchainError('LANGCHAIN_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

/**
 * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`, also for what is not an option.
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID` for a value that is not one of a tool's options.
 */
export function checkOptions(options: GovernanceOptions): void {
  checkAdapterOptions(options, FORMS, invalidError);
}

/** @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`. */
export function checkContext(context: LangchainCallerSource): void {
  const found = typeof context;
  if ((found !== 'object' && found !== 'function') || context === null) {
    throw invalidError('context', 'a context or a function that returns one');
  }
}
