import type { CallContext, Reviews } from '@spanforge/govern';
import {
  type AdapterOptions,
  type AdapterToolOptions,
  type CallerSource,
  checkAdapterOptions,
} from '@spanforge/govern/adapters';
import { LangchainError } from './error.js';
import type { ReviewQuestion } from './question.js';

/** What is known of a call besides its arguments. Only the two names come from a model. */
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
 * The context of calls: fixed, or a function that the host calls for each one. Its `callId`, if
 * any, replaces the id of the tool call. If the function throws, the call does not run.
 */
export type LangchainCallerSource = CallerSource<LangchainCall, CallContext>;

/** How a tool is governed, by its operator; its name is its key. */
export interface LangchainToolOptions extends Omit<AdapterToolOptions, 'stream'> {
  /**
   * What happens to events that a generator tool yields. `hold`, the default: nobody sees them.
   * `pass_through`: they are handed on at once, and no control sees them. The result is judged in
   * both cases.
   */
  readonly events?: 'hold' | 'pass_through';
  /** The description the tool must have; a tool with another description is treated as unknown. */
  readonly description?: string;
}

/** What governs the tools of one or more agents. */
export interface GovernanceOptions
  extends AdapterOptions<LangchainCall, LangchainToolOptions, CallContext> {
  /**
   * What to do with tools that `tools` does not name: `govern`, the default, treats them as writing
   * tools; `deny` refuses them.
   */
  readonly undeclared?: 'govern' | 'deny';
  /**
   * Reviews of the governor's log, to record the answer to an interrupt. Without them an answer
   * only makes the graph look for a decision that was made elsewhere.
   */
  readonly reviews?: Reviews;
  /**
   * Names the person who answered an interrupt, from the host's own session. When absent, the
   * answer's `reviewer` is believed, so the host must write it.
   */
  readonly reviewer?: (
    request: LangchainCall,
    question: ReviewQuestion,
  ) => string | Promise<string>;
  /**
   * A call that a person has to approve: `ask`, the default, interrupts the graph; `tell` answers
   * the model with a message.
   */
  readonly held?: 'ask' | 'tell';
  /**
   * A call that is denied: `tell`, the default, answers the model with a message; `throw` throws.
   */
  readonly denied?: 'tell' | 'throw';
  /**
   * Tools that the model's provider runs itself: `refuse`, the default, or the names or types of
   * those that are allowed.
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
 * @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`, for an unknown option too.
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
