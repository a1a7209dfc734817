import { AsyncResource } from 'node:async_hooks';
import type { CallContext, GovernedResult } from '@spanforge/govern';
import type { Admissions, Gate, RunTool } from '@spanforge/govern/adapters';
import { answerOf } from './answer.js';
import { type AiSdkTool, type CallOptions, isAsked, isAsyncIterable, isStreaming } from './sdk.js';

/** What the wrapper of a tool works with. */
export interface AiSdkWrapping {
  readonly name: string;
  readonly gate: Gate;
  readonly admissions: Admissions;
  readonly held: 'ask' | 'tell';
  readonly streams: boolean | undefined;
  contextOf(name: string, options?: CallOptions): Promise<CallContext>;
}

type Execute = NonNullable<AiSdkTool['execute']>;

function keyOf({ tenant, run, callId = '' }: CallContext, name: string): string {
  return JSON.stringify([tenant, run, name, callId]);
}

async function lastOf(value: unknown): Promise<unknown> {
  if (!isAsyncIterable(value)) return value;
  let last: unknown;
  for await (const part of value) last = part;
  return last;
}

async function* partsOf(value: unknown): AsyncGenerator<unknown> {
  if (isAsyncIterable(value)) yield* value;
  else yield value;
}

function callWith(tool: AiSdkTool, execute: Execute, wrapping: AiSdkWrapping) {
  return async (input: unknown, options?: CallOptions): Promise<GovernedResult<unknown>> => {
    const { name, gate, admissions, contextOf } = wrapping;
    const context = await contextOf(name, options);
    // Bound, because the tool belongs to the span of its execution, not to the span of its
    // decision.
    const run: RunTool = AsyncResource.bind((given: unknown, signal: AbortSignal) =>
      Reflect.apply(execute, tool, [given, { ...options, abortSignal: signal }]),
    );
    const abortSignal = options?.abortSignal;
    const admitted = admissions.take(keyOf(context, name));
    if (admitted) return admitted.go(run, abortSignal);
    return gate.start(input, abortSignal ? { ...context, signal: abortSignal } : context, run);
  };
}

/** The tool's own approval comes first; the governor decides about the call when it runs. */
async function asksItself(tool: AiSdkTool, input: unknown, options: CallOptions): Promise<boolean> {
  const { needsApproval } = tool;
  if (typeof needsApproval !== 'function') return needsApproval === true;
  return (await Reflect.apply(needsApproval, tool, [input, options])) !== false;
}

/** The same tool with some members replaced; its prototype and everything else are kept. */
export function replaceMembers<Of extends object>(of: Of, members: object): Of {
  const replaced = Object.entries(members).map(([name, value]) => [
    name,
    { value, enumerable: true, configurable: true, writable: true },
  ]);
  return Object.create(Object.getPrototypeOf(of), {
    ...Object.getOwnPropertyDescriptors(of),
    ...Object.fromEntries(replaced),
  });
}

/** Puts `execute` behind the governor, and decides earlier if the SDK asks for approval. */
export function wrapTool(tool: AiSdkTool, execute: Execute, wrapping: AiSdkWrapping): AiSdkTool {
  const { name, gate, admissions, held, streams, contextOf } = wrapping;
  const call = callWith(tool, execute, wrapping);
  const governed =
    (streams ?? isStreaming(execute))
      ? async function* (input: unknown, options?: CallOptions) {
          yield* partsOf(answerOf(await call(input, options)));
        }
      : async (input: unknown, options?: CallOptions) =>
          lastOf(answerOf(await call(input, options)));
  if (held === 'tell') return replaceMembers(tool, { execute: governed });
  const needsApproval = async (input: unknown, options: CallOptions): Promise<boolean> => {
    if (isAsked(options.messages ?? [], options.toolCallId)) return true;
    if (await asksItself(tool, input, options)) return true;
    const context = await contextOf(name, options);
    return admissions.admit(gate, keyOf(context, name), input, context);
  };
  return replaceMembers(tool, { execute: governed, needsApproval });
}
