import {
  type AdapterOptions,
  type AdapterToolOptions,
  checkAdapterOptions,
} from '@spanforge/govern/adapters';
import { AiSdkError } from './error.js';

/** One call, as far as the host needs it to say whose it is. */
export interface AiSdkCall {
  readonly toolName: string;
  readonly toolCallId: string;
  /** What the host gave the SDK: `experimental_context` in version 6, the tool's context in 7. */
  readonly hostContext: unknown;
  /** Of the conversation; from the client in many applications, and then not to be trusted. */
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
   * `ask`, also when absent: a held call becomes an approval request of the SDK. `tell`: the model is
   * told that it is held, which is for sub-agents, whose requests nobody would see.
   */
  readonly held?: 'ask' | 'tell';
  /**
   * The SDK turns what a tool throws into something the model is told, so there is no `throw` here;
   * `stopOnDenial()` in `stopWhen` ends the loop.
   */
  readonly denied?: 'tell';
  /**
   * Tools that run at the provider or in the client, where nothing can stop them: `refuse`, also when
   * absent, or the names of those that may. Their calls are recorded as shadows.
   */
  readonly ungoverned?: 'refuse' | readonly string[];
  /**
   * How long a call that was decided about waits for the SDK to run it, in milliseconds; 300000
   * when absent. After that it has ended as `cancelled` and is not run.
   */
  readonly admissionTimeoutMs?: number;
}

function invalidError(path: string, expected: string): AiSdkError {
  return new AiSdkError('AI_SDK_OPTIONS_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

/**
 * @throws {AiSdkError} `AI_SDK_OPTIONS_INVALID`; an option nobody knows is one.
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
