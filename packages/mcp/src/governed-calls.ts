import { createHash } from 'node:crypto';
import { type CallContext, createGovernor, type GovernedResult } from '@spanforge/govern';
import type { Catalogue, ToolState } from './catalogue.js';
import { type InFlightRequest, sendRequest } from './in-flight-request.js';
import { idKey, type MessageId } from './message.js';
import { type Operation, resourceOf } from './operation.js';
import type { ProxyOptions } from './options.js';
import type { Outstanding } from './outstanding.js';
import { member, type PlainObject } from './plain.js';
import { createToolControl } from './tool-control.js';

/** How a call of a client ended: nothing of the proxy's is streamed. */
export type SettledCall = Exclude<GovernedResult<unknown>, { status: 'streaming' }>;

/** What a call adds to the context of its connection. */
export type CallAddition = Partial<CallContext> & { readonly callId: string };

/** The operations of one connection, behind the governor. */
export interface GovernedCalls {
  /** Puts an operation behind the controls; one that is not is an unknown tool. */
  register(kind: Operation['kind'], name: string): void;
  /**
   * The id of the call that a request becomes. A request that is sent again must not write again, so
   * the client's id names a call that writes. A call that only reads may run again. It is then a call
   * of its own, so that a client that repeats an id is counted each time.
   */
  callIdOf(id: MessageId, operation: Operation): string;
  /**
   * Governs a request, and sends it to the server where it is allowed.
   *
   * @throws {GovernError} when the call cannot be governed, or ran and its ending is not on record.
   */
  call(pending: InFlightRequest, more: CallAddition): Promise<SettledCall>;
  /** Governs an operation that the proxy forwards by other means: sends nothing itself. */
  allow(operation: Operation): Promise<SettledCall>;
  /** Records an attempt that is not a valid call and was refused. */
  recordRefused(name: string, args: unknown): Promise<void>;
}

/** What is needed to govern the calls of one connection. */
export interface GovernedCallsParts {
  readonly options: ProxyOptions;
  /** Names this connection; its calls are numbered within it. */
  readonly sessionId: string;
  readonly server: Outstanding;
  readonly catalogue: Catalogue;
  /** States of a tool in which it is not called. */
  readonly refused: ReadonlySet<ToolState>;
}

const MAX_ID = 128;
const MAX_NAME = 500;

/** The client's id of a request, as rules and the record have it. */
function requestIdOf(id: unknown): string {
  const key = idKey(id);
  if (key.length <= MAX_ID && key.isWellFormed()) return key;
  return createHash('sha256').update(key).digest('hex');
}

/** Creates the governor of one connection. @throws {GovernError} `GOVERN_OPTIONS_INVALID`. */
export function createGovernedCalls(parts: GovernedCallsParts): GovernedCalls {
  const { options, sessionId, server, catalogue, refused } = parts;
  const { governor: given, context, serverName = 'mcp' } = options;
  const inFlight = new Map<string, InFlightRequest>();
  const kinds = new Map<string, Operation['kind']>();
  let numbered = 0;
  const control = createToolControl(
    (tool) => (kinds.get(tool) === 'tool' ? catalogue.stateOf(tool) : undefined),
    refused,
  );
  const governor = createGovernor({
    ...given,
    preflight: [{ name: 'mcp_tool', control }, ...(given.preflight ?? [])],
  });

  /** As the operator declares it; a server's own annotations decide nothing. */
  function effectOf({ kind, name }: Pick<Operation, 'kind' | 'name'>): 'read' | 'write' {
    return options.tool?.(name)?.effect ?? (kind === 'tool' ? 'write' : 'read');
  }

  return {
    register(kind, name) {
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
    },
    callIdOf(id, operation) {
      const isRead = effectOf(operation) === 'read';
      return `${sessionId}/${isRead ? `read-${numbered++}` : requestIdOf(id)}`;
    },
    async call(pending, more) {
      const { name, args } = pending.operation;
      const tool_pin = kinds.get(name) === 'tool' ? catalogue.stateOf(name) : 'unpinned';
      const request_id = requestIdOf(member(pending.raw, 'id'));
      const policyContext = { server: serverName, tool_pin, request_id };
      inFlight.set(more.callId, pending);
      try {
        const result = await governor.call(name, args, { ...context, policyContext, ...more });
        return result as SettledCall;
      } finally {
        inFlight.delete(more.callId);
      }
    },
    async allow({ name, args }) {
      const callId = `${sessionId}/listen-${numbered++}`;
      return (await governor.call(name, args, { ...context, callId })) as SettledCall;
    },
    async recordRefused(name, args) {
      try {
        await governor.call(name.slice(0, MAX_NAME).toWellFormed(), args, context);
      } catch (error) {
        options.onError?.(error);
      }
    },
  };
}
