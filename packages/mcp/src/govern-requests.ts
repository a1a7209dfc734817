import { createHash } from 'node:crypto';
import {
  type CallContext,
  createGovernor,
  createReviews,
  GovernError,
  type GovernedResult,
} from '@spanforge/govern';
import {
  type AnswerForm,
  answerNotCompleted,
  type ClientRefusal,
  isModern,
  refuse,
} from './answers.js';
import type { Catalogue, ToolState } from './catalogue.js';
import type { AskPerson } from './client-side.js';
import {
  clientResult,
  type InFlightRequest,
  isToolError,
  sendRequest,
} from './in-flight-request.js';
import { errorOf, idKey, type Message, type MessageId, RPC, resultOf } from './message.js';
import { type Operation, readOperation, resourceOf, type Unreadable } from './operation.js';
import type { ProxyOptions } from './options.js';
import type { Outstanding } from './outstanding.js';
import { createPendingApprovals } from './pending-approvals.js';
import { member, type PlainObject } from './plain.js';
import { createToolControl } from './tool-control.js';

/** A request of a client. */
export type RequestMessage = Extract<Message, { kind: 'request' }>;

/** Governs the requests of one connection. */
export interface GovernRequests {
  /** The answer to a governed request; undefined when the client has cancelled it. */
  answer(request: RequestMessage, signal: AbortSignal): Promise<PlainObject | undefined>;
  /** True where the client may be told of changes of all these resources. */
  maySubscribe(request: RequestMessage, uris: readonly string[]): Promise<PlainObject | undefined>;
  /** Records an attempt that is not a valid call and was refused. */
  recordRefused(name: string, args: unknown): Promise<void>;
  /** Puts a tool behind the controls. */
  register(name: string): void;
}

/** What is needed to govern. */
export interface GovernRequestsParts {
  readonly options: ProxyOptions;
  /** Names this connection; its calls are numbered within it. */
  readonly sessionId: string;
  readonly server: Outstanding;
  readonly catalogue: Catalogue;
  readonly refused: ReadonlySet<ToolState>;
  readonly askPerson: AskPerson | undefined;
}

type Result = Exclude<GovernedResult<unknown>, { status: 'streaming' }>;

const STALE = new Set(['review_mismatch', 'review_expired', 'approval_consumed', 'review_unknown']);
const MAX_ID = 128;

function unrecorded(error: unknown, callId: string): ClientRefusal {
  const executed = GovernError.is(error) && error.details.executed !== false;
  const reasonCode = GovernError.is(error) ? 'ending_not_recorded' : 'ungovernable';
  const status = executed ? 'unrecorded' : 'blocked';
  const reason = 'Nothing of it is handed on, and it is not tried again.';
  return { status, reason, reasonCode, executed, callId };
}

function hasRedactions({ obligations, mode }: Result): boolean {
  return (
    mode === 'enforce' &&
    obligations.some((one) => one.kind === 'redact' && one.target === 'result')
  );
}

/** The client's id of a request, as rules and the record have it. */
function requestIdOf(id: unknown): string {
  const key = idKey(id);
  if (key.length <= MAX_ID && key.isWellFormed()) return key;
  return createHash('sha256').update(key).digest('hex');
}

/** Creates what governs one connection. @throws {GovernError} `GOVERN_OPTIONS_INVALID`. */
export function createGovernRequests(parts: GovernRequestsParts): GovernRequests {
  const { options, sessionId, server, catalogue, refused, askPerson } = parts;
  const { governor: given, context, serverName = 'mcp', approver, onCall } = options;
  const inFlight = new Map<string, InFlightRequest>();
  const kinds = new Map<string, Operation['kind']>();
  const control = createToolControl(
    (tool) => (kinds.get(tool) === 'tool' ? catalogue.stateOf(tool) : undefined),
    refused,
  );
  const governor = createGovernor({
    ...given,
    preflight: [{ name: 'mcp_tool', control }, ...(given.preflight ?? [])],
  });
  const { log, clock } = given;
  const reviews = createReviews(clock === undefined ? { log } : { log, clock });
  const approvals = createPendingApprovals(log, reviews, context);

  /** As the operator declares it; a server's own annotations decide nothing. */
  function effectOf({ kind, name }: Pick<Operation, 'kind' | 'name'>): 'read' | 'write' {
    return options.tool?.(name)?.effect ?? (kind === 'tool' ? 'write' : 'read');
  }

  function put(kind: Operation['kind'], name: string): void {
    const effect = effectOf({ kind, name });
    const { effect: _declared, ...rest } = options.tool?.(name) ?? {};
    const resource = rest.resource ?? resourceOf({ kind, name });
    kinds.set(name, kind);
    governor.govern<PlainObject, unknown>(
      (args, tool) => {
        const request = inFlight.get(tool.callId);
        return request === undefined ? undefined : sendRequest(request, args, tool, server);
      },
      { ...rest, name, effect, resource },
    );
  }
  put('resource', 'resource:read');
  put('resource', 'resource:subscribe');
  put('prompt', 'prompt:get');

  let calls = 0;
  /**
   * A request that is sent again must not write again, so the client's id names a call that writes.
   * A call that only reads may run again. It is then a call of its own, so that a client that
   * repeats an id is counted each time.
   */
  function callIdOf(id: MessageId, operation: Operation): string {
    const isRead = effectOf(operation) === 'read';
    return `${sessionId}/${isRead ? `read-${calls++}` : requestIdOf(id)}`;
  }

  async function call(pending: InFlightRequest, more: Partial<CallContext> & { callId: string }) {
    const { name, args } = pending.operation;
    const tool_pin = kinds.get(name) === 'tool' ? catalogue.stateOf(name) : 'unpinned';
    const request_id = requestIdOf(member(pending.raw, 'id'));
    const policyContext = { server: serverName, tool_pin, request_id };
    inFlight.set(more.callId, pending);
    try {
      return (await governor.call(name, args, { ...context, policyContext, ...more })) as Result;
    } finally {
      inFlight.delete(more.callId);
    }
  }

  /** Asks the person at the client, and calls again with the answer. */
  async function askAndCall(
    pending: InFlightRequest,
    held: Extract<Result, { status: 'held' }>,
    more: Partial<CallContext> & { callId: string },
  ): Promise<Result> {
    const { reviewId, reason } = held;
    const { name, args } = pending.operation;
    if (approver === undefined || askPerson === undefined) return held;
    const resolution = await askPerson({ name, args, reason, raw: pending.raw }, more.signal);
    if (resolution === undefined) return held;
    try {
      await reviews.resolve({ reviewId, resolution, reviewer: approver });
    } catch (error) {
      // Nobody has approved anything: the call stays held.
      options.onError?.(error);
      return held;
    }
    return call(pending, { ...more, reviewId });
  }

  async function perform(
    pending: InFlightRequest,
    callId: string,
    signal: AbortSignal,
  ): Promise<Result> {
    const { name, args } = pending.operation;
    const before = await approvals.find(name, args);
    if (before !== undefined) {
      const { reviewId } = before;
      const again = before.callId === undefined ? { callId, reviewId } : { callId: before.callId };
      const result = await call(pending, { ...again, signal });
      if (result.status === 'completed') approvals.forget(name, args);
      if (!(await isStale(result, before.reviewId))) return result;
      approvals.forget(name, args);
    }
    const result = await call(pending, { callId, signal });
    if (result.status === 'withheld' && result.reviewId !== undefined) {
      approvals.remember(name, args, { reviewId: result.reviewId, callId });
    }
    if (result.status !== 'held') return result;
    approvals.remember(name, args, { reviewId: result.reviewId });
    return askAndCall(pending, result, { callId, signal });
  }

  /** True if the remembered decision no longer applies to this call. */
  async function isStale(result: Result, reviewId: string): Promise<boolean> {
    if (result.status !== 'blocked') return false;
    if (STALE.has(result.reasonCode)) return true;
    if (result.reasonCode !== 'already_started') return false;
    const review = await reviews.get(reviewId).catch(() => undefined);
    return review?.state === 'rejected' || review?.state === 'expired';
  }

  async function recordRefused(name: string, args: unknown): Promise<void> {
    const limited = name.slice(0, 500).toWellFormed();
    try {
      await governor.call(limited, args, context);
    } catch (error) {
      options.onError?.(error);
    }
  }

  async function refuseUnreadable(
    { id, method, raw }: RequestMessage,
    { why }: Unreadable,
  ): Promise<PlainObject> {
    await recordRefused(`unreadable:${method}`, { params: member(raw, 'params') });
    return errorOf(id, { code: RPC.invalidParams, message: why });
  }

  function tell(pending: InFlightRequest, result: Result): void {
    if (onCall === undefined) return;
    const { name: tool, args } = pending.operation;
    const { callId, status, reasonCode } = result;
    const known = pending.answered === undefined ? {} : { result: pending.answered.seen.view };
    const failed = isToolError(pending) ? ({ toolError: true } as const) : {};
    try {
      onCall({ callId, tool, args, status, reasonCode, ...failed, ...known });
    } catch (error) {
      options.onError?.(error);
    }
  }

  async function answer(
    request: RequestMessage,
    signal: AbortSignal,
  ): Promise<PlainObject | undefined> {
    const { id, method, raw } = request;
    const params = member(raw, 'params');
    const operation = readOperation(method, params);
    if (operation.kind === 'unreadable') return refuseUnreadable(request, operation);
    if (operation.kind === 'tool' && member(params, 'task') !== undefined) {
      await recordRefused(`task:${operation.name}`, operation.args);
      const message = 'tasks are not supported here: call the tool without one';
      return errorOf(id, { code: RPC.invalidParams, message });
    }
    const form: AnswerForm = { operation, modern: isModern(params) };
    const callId = callIdOf(id, operation);
    const pending: InFlightRequest = { operation, raw };
    try {
      if (operation.kind === 'tool') await catalogue.ensure(operation.name);
      const result = await perform(pending, callId, signal);
      tell(pending, result);
      if (signal.aborted) return undefined;
      if (result.status !== 'completed') return answerNotCompleted(id, result, form);
      return resultOf(id, clientResult(pending, result.value, hasRedactions(result)));
    } catch (error) {
      options.onError?.(error);
      return signal.aborted ? undefined : refuse(id, unrecorded(error, callId), form);
    }
  }

  return {
    answer,
    recordRefused,
    register: (name) => put('tool', name),
    async maySubscribe({ id, raw }, uris) {
      for (const uri of uris) {
        const operation = readOperation('resources/subscribe', { uri });
        if (operation.kind === 'unreadable') continue;
        const callId = `${sessionId}/listen-${calls++}`;
        // Sends nothing: the request is forwarded unchanged once all its parts are allowed.
        const result = (await governor.call(operation.name, operation.args, {
          ...context,
          callId,
        })) as Result;
        if (result.status === 'completed') continue;
        const form: AnswerForm = { operation, modern: isModern(member(raw, 'params')) };
        return answerNotCompleted(id, result, form);
      }
      return undefined;
    },
  };
}
