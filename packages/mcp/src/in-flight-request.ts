import type { ToolContext } from '@spanforge/govern';
import { ServerError } from './answers.js';
import { RPC, type RpcError } from './message.js';
import type { Operation } from './operation.js';
import type { Outstanding } from './outstanding.js';
import { isPlainObject, member, type PlainObject } from './plain.js';
import { formResult } from './result-form.js';
import { type ResultView, viewResult } from './result-view.js';

/** One governed request on its way to the server and back. */
export interface InFlightRequest {
  readonly operation: Operation;
  /** The request as the client sent it. */
  readonly raw: PlainObject;
  /** What the server answered, once it did. */
  answered?: { readonly original: unknown; readonly seen: ResultView };
}

function errorIn(response: PlainObject): RpcError {
  const error = member(response, 'error');
  const code = member(error, 'code');
  const message = member(error, 'message');
  if (typeof code === 'number' && typeof message === 'string') return error as unknown as RpcError;
  return { code: RPC.internal, message: 'the server answered with an error that is not valid' };
}

/**
 * Sends a request to the server with the arguments it may have, and gives what rules see of its
 * result: also of one that says `isError`, or asks for input first.
 *
 * @throws {ServerError} for an error the server answers with.
 */
export async function sendRequest(
  request: InFlightRequest,
  args: PlainObject,
  { signal }: ToolContext,
  server: Outstanding,
): Promise<unknown> {
  const { operation, raw } = request;
  const response = await server.ask({ ...raw, params: operation.params(args) }, signal);
  if (Object.hasOwn(response, 'error')) throw new ServerError(errorIn(response));
  const original = member(response, 'result');
  const rebuild = (view: unknown): unknown => formResult(operation, view, original);
  const whole: ResultView = { view: original, rebuild };
  const seen = operation.kind === 'tool' ? viewResult(original) : whole;
  request.answered = { original, seen };
  return seen.view;
}

/** True for a result that says of itself that the tool failed. */
export function isToolError({ answered }: InFlightRequest): boolean {
  return member(answered?.original, 'isError') === true;
}

/** The result a client gets: the server's own, or a new one where something was masked. */
export function clientResult(request: InFlightRequest, value: unknown, changed: boolean): unknown {
  const { answered, operation } = request;
  if (answered !== undefined) {
    return changed ? answered.seen.rebuild(value) : answered.original;
  }
  // Released from the record, where only what rules saw of it was kept.
  if (operation.kind !== 'tool') return formResult(operation, value, undefined);
  if (Array.isArray(member(value, 'content'))) return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const content = [{ type: 'text', text }];
  return isPlainObject(value) ? { content, structuredContent: value } : { content };
}
