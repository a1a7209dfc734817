import {
  type AdapterOptions,
  type AdapterToolOptions,
  checkAdapterOptions,
} from '@spanforge/govern/adapters';
import { AiSdkError } from './error.js';

/** What a host gets to know of a call, to say who makes it. */
export interface AiSdkCall {
  readonly toolName: string;
  readonly toolCallId: string;
  /**
   * The object that the host gave the SDK: `experimental_context` in version 6, the tool's context
   * in 7.
   */
  readonly hostContext: unknown;
  /**
   * The messages of the conversation. In many applications the client sends them, so do not trust
   * them.
   */
  readonly messages: readonly unknown[];
}

/** How one tool is governed; its name is its key. */
export interface AiSdkToolOptions extends AdapterToolOptions {
  /** `execute` returns a stream without being an async generator function. */
  readonly streams?: boolean;
}

/** What a tool governor needs. */
export interface AiSdkGovernorOptions extends AdapterOptions<AiSdkCall, AiSdkToolOptions> {
  /**
   * `ask`, the default: a held call becomes an approval request of the SDK. `tell`: the model is
   * told that the call is held. Use it for sub-agents, whose approval requests nobody would see.
   */
  readonly held?: 'ask' | 'tell';
  /**
   * There is no `throw`, because the SDK tells the model whatever a tool throws and continues. To
   * end the loop, use `stopOnDenial()` in `stopWhen`.
   */
  readonly denied?: 'tell';
  /**
   * Tools that run at the provider or in the client, where the governor cannot stop them: `refuse`,
   * the default, or the names of those that are allowed. Their calls are recorded as shadows.
   */
  readonly ungoverned?: 'refuse' | readonly string[];
  /**
   * How long a decided call waits for the SDK to run it, in milliseconds; 300000 when absent. After
   * that the call ends as `cancelled` and does not run.
   */
  readonly admissionTimeoutMs?: number;
}

function invalidError(path: string, expected: string): AiSdkError {
  return new AiSdkError('AI_SDK_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

/**
 * @throws {AiSdkError} `AI_SDK_OPTIONS_INVALID`, for an unknown option too.
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID` for a value that is not one of a tool's options.
 */
export function checkOptions(options: AiSdkGovernorOptions): void {
  checkAdapterOptions(
    options,
    { options: { admissionTimeoutMs: 'milliseconds' }, tools: { streams: 'boolean' } },
    invalidError,
  );
  const denied: string | undefined = options.denied;
  if (denied === 'throw') {
    throw invalidError('denied', 'tell (use stopWhen: stopOnDenial() to end the loop)');
  }
}
