import type { CallContext, Governor, Reviews, ToolOptions } from '@spanforge/govern';
import { LangchainError } from './error.js';
import type { ReviewQuestion } from './question.js';

/** What is known of a call besides its arguments: nothing in it comes from a model but the two names. */
export interface CallRequest {
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
export type ContextSource =
  | CallContext
  | ((request: CallRequest) => CallContext | Promise<CallContext>);

/** How a tool is governed, by its operator; see `ToolOptions` of `@spanforge/govern`. */
export interface ToolDeclaration extends Omit<ToolOptions<never>, 'name' | 'stream'> {
  /**
   * What becomes of the events a generator tool yields. `hold`, also when absent: nobody sees them.
   * `pass_through`: they go out as they come, unseen by any control; the result is judged all the same.
   */
  readonly events?: 'hold' | 'pass_through';
  /** What the tool must say of itself; one that says something else is another, unknown tool. */
  readonly description?: string;
}

/** What governs the tools of one or more agents. */
export interface GovernanceOptions {
  readonly governor: Governor;
  readonly context: ContextSource;
  /** By the name of the tool. */
  readonly tools?: Readonly<Record<string, ToolDeclaration>>;
  /** Tools that are not declared: `govern`, also when absent, as writing tools; or `deny`. */
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
  readonly reviewer?: (request: CallRequest, question: ReviewQuestion) => string | Promise<string>;
  /** A call that a person has to decide: `interrupt`, also when absent, or a `message` to the model. */
  readonly held?: 'interrupt' | 'message';
  /** A call that is denied: a `message` to the model, also when absent, or `throw`. */
  readonly denied?: 'message' | 'throw';
  /** Tools a provider runs itself, which nobody can govern here: `refuse`, also when absent. */
  readonly serverTools?: 'refuse' | 'allow';
}

const KNOWN = [
  'governor',
  'context',
  'tools',
  'undeclared',
  'reviews',
  'reviewer',
  'held',
  'denied',
  'serverTools',
];

const CHOICES = {
  undeclared: ['govern', 'deny'],
  held: ['interrupt', 'message'],
  denied: ['message', 'throw'],
  serverTools: ['refuse', 'allow'],
} as const;

const DECLARED = [
  'resource',
  'action',
  'effect',
  'mode',
  'observe',
  'toolTimeoutMs',
  'output',
  'outputLabels',
  'events',
  'description',
];

function invalid(path: string, expected: string): never {
  throw new LangchainError('LANGCHAIN_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

function checkDeclaration(name: string, declaration: ToolDeclaration): void {
  for (const key of Object.keys(declaration)) {
    if (!DECLARED.includes(key)) invalid(`tools.${name}.${key}`, DECLARED.join(', '));
  }
  const { events } = declaration;
  if (events !== undefined && events !== 'hold' && events !== 'pass_through') {
    invalid(`tools.${name}.events`, 'hold or pass_through');
  }
}

/** @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`, also for what is not an option. */
export function checkOptions(options: GovernanceOptions): void {
  for (const key of Object.keys(options)) if (!KNOWN.includes(key)) invalid(key, KNOWN.join(', '));
  if (typeof options.governor?.govern !== 'function') invalid('governor', 'a governor');
  checkContext(options.context);
  for (const [key, choices] of Object.entries(CHOICES)) {
    const value = options[key as keyof typeof CHOICES];
    if (value !== undefined && !(choices as readonly string[]).includes(value)) {
      invalid(key, choices.join(' or '));
    }
  }
  for (const [name, declaration] of Object.entries(options.tools ?? {})) {
    checkDeclaration(name, declaration);
  }
}

/** @throws {LangchainError} `LANGCHAIN_OPTIONS_INVALID`. */
export function checkContext(context: ContextSource): void {
  const found = typeof context;
  if ((found !== 'object' && found !== 'function') || context === null) {
    invalid('context', 'a context or a function');
  }
}
