import { GovernError } from '@spanforge/govern';
import {
  type AnswerForm,
  answerNotCompleted,
  type ClientRefusal,
  isModern,
  refuse,
} from './answers.js';
import { createCallWithApproval } from './call-with-approval.js';
import type { AskPerson } from './client-side.js';
import {
  createGovernedCalls,
  type GovernedCallsParts,
  type SettledCall,
} from './governed-calls.js';
import { clientResult, type InFlightRequest, isToolError } from './in-flight-request.js';
import { errorOf, type Message, RPC, resultOf } from './message.js';
import { type Operation, readOperation } from './operation.js';
import type { ProxyOptions } from './options.js';
import { member, type PlainObject } from './plain.js';

/** A request of a client. */
export type RequestMessage = Extract<Message, { kind: 'request' }>;

/** Governs the requests of one connection. */
export interface GovernRequests {
  /** The answer to a governed request; undefined when the client has cancelled it. */
  answer(request: RequestMessage, signal: AbortSignal): Promise<PlainObject | undefined>;
  /** The refusal of a subscription to all these resources; undefined where it is allowed. */
  maySubscribe(request: RequestMessage, uris: readonly string[]): Promise<PlainObject | undefined>;
  /** Records an attempt that is not a valid call and was refused. */
  recordRefused(name: string, args: unknown): Promise<void>;
  /** Puts a tool behind the controls. */
  register(name: string): void;
}

/** What is needed to govern. */
export interface GovernRequestsParts extends GovernedCallsParts {
  readonly askPerson: AskPerson | undefined;
}

function unrecorded(error: unknown, callId: string): ClientRefusal {
  const executed = GovernError.is(error) && error.details.executed !== false;
  const reasonCode = GovernError.is(error) ? 'ending_not_recorded' : 'ungovernable';
  const status = executed ? 'unrecorded' : 'blocked';
  const reason = 'Nothing of it is handed on, and it is not tried again.';
  return { status, reason, reasonCode, executed, callId };
}

function hasRedactions({ obligations, mode }: SettledCall): boolean {
  return (
    mode === 'enforce' &&
    obligations.some((one) => one.kind === 'redact' && one.target === 'result')
  );
}

function tell(
  { onCall, onError }: ProxyOptions,
  pending: InFlightRequest,
  result: SettledCall,
): void {
  if (onCall === undefined) return;
  const { name: tool, args } = pending.operation;
  const { callId, status, reasonCode } = result;
  const known = pending.answered === undefined ? {} : { result: pending.answered.seen.view };
  const failed = isToolError(pending) ? ({ toolError: true } as const) : {};
  try {
    onCall({ callId, tool, args, status, reasonCode, ...failed, ...known });
  } catch (error) {
    onError?.(error);
  }
}

/** An operation that can be called, or the attempt to be recorded and why it was refused. */
type ReadRequest =
  | { readonly kind: 'valid'; readonly operation: Operation }
  | {
      readonly kind: 'refused';
      readonly attempt: { readonly name: string; readonly args: unknown };
      readonly message: string;
    };

function readRequest({ method, raw }: RequestMessage): ReadRequest {
  const params = member(raw, 'params');
  const operation = readOperation(method, params);
  if (operation.kind === 'unreadable') {
    const attempt = { name: `unreadable:${method}`, args: { params } };
    return { kind: 'refused', attempt, message: operation.why };
  }
  if (operation.kind === 'tool' && member(params, 'task') !== undefined) {
    const attempt = { name: `task:${operation.name}`, args: operation.args };
    const message = 'tasks are not supported here: call the tool without one';
    return { kind: 'refused', attempt, message };
  }
  return { kind: 'valid', operation };
}

/** True where a rule or a control decides about results, or could. */
async function judgesResults({ governor, context }: ProxyOptions): Promise<boolean> {
  const { policy, postflight = [], mode, source = 'mcp' } = governor;
  if (mode === 'shadow') return false;
  if (postflight.length > 0) return true;
  const asked = { service: 'sf_govern', control: 'tool_result', context: { ...context, source } };
  if (policy === undefined) return false;
  // Reads the bundle in force; `hasSay` alone knows only what was read a moment ago.
  if (await policy.hasRule?.(asked)) return true;
  return policy.hasSay?.(asked) !== false;
}

const formOf = (operation: Operation, raw: PlainObject): AnswerForm => ({
  operation,
  modern: isModern(member(raw, 'params')),
});

/** Creates what governs one connection. @throws {GovernError} `GOVERN_OPTIONS_INVALID`. */
export function createGovernRequests(parts: GovernRequestsParts): GovernRequests {
  const { options, catalogue, askPerson } = parts;
  const calls = createGovernedCalls(parts);
  const callWithApproval = createCallWithApproval(calls, options, askPerson);
  calls.register('resource', 'resource:read');
  calls.register('resource', 'resource:subscribe');
  calls.register('prompt', 'prompt:get');

  return {
    register: (name) => calls.register('tool', name),
    recordRefused: calls.recordRefused,
    async answer(request, signal) {
      const { id, raw } = request;
      const read = readRequest(request);
      if (read.kind === 'refused') {
        await calls.recordRefused(read.attempt.name, read.attempt.args);
        return errorOf(id, { code: RPC.invalidParams, message: read.message });
      }
      const { operation } = read;
      const form = formOf(operation, raw);
      const callId = calls.callIdOf(id, operation);
      const pending: InFlightRequest = { operation, raw };
      try {
        if (operation.kind === 'tool') await catalogue.ensure(operation.name);
        const result = await callWithApproval(pending, { callId, signal });
        tell(options, pending, result);
        if (signal.aborted) return undefined;
        if (result.status !== 'completed') {
          const hidesErrors = result.status === 'failed' && (await judgesResults(options));
          return answerNotCompleted(id, result, form, hidesErrors);
        }
        return resultOf(id, clientResult(pending, result.value, hasRedactions(result)));
      } catch (error) {
        options.onError?.(error);
        return signal.aborted ? undefined : refuse(id, unrecorded(error, callId), form);
      }
    },
    async maySubscribe({ id, raw }, uris) {
      for (const uri of uris) {
        const operation = readOperation('resources/subscribe', { uri });
        if (operation.kind === 'unreadable') continue;
        // The request is forwarded unchanged once all its parts are allowed.
        const result = await calls.allow(operation);
        if (result.status === 'completed') continue;
        return answerNotCompleted(id, result, formOf(operation, raw), await judgesResults(options));
      }
      return undefined;
    },
  };
}
