import type { ToolContext } from '@spanforge/govern';
import { ServerError, ServerRefusal } from './answers.js';
import { RPC, type RpcError } from './message.js';
import type { Operation } from './operation.js';
import type { Outstanding } from './outstanding.js';
import { isPlainObject, member, type PlainObject } from './plain.js';
import { type ResultView, viewResult } from './result-view.js';

/** One governed request on its way to the server and back. */
export interface Flight {
  readonly operation: Operation;
  /** The request as the client sent it. */
  readonly raw: PlainObject;
  /** What the server answered, once it did. */
  answered?: { readonly original: unknown; readonly seen: ResultView };
}

const MAX_TEXT = 65_536;

function errorIn(response: PlainObject): RpcError {
  const error = member(response, 'error');
  const code = member(error, 'code');
  const message = member(error, 'message');
  if (typeof code === 'number' && typeof message === 'string') return error as unknown as RpcError;
  return { code: RPC.internal, message: 'the server gave an error that is none' };
}

/** Results that are no result: what the tool says went wrong, and what it wants to know first. */
function isRefusal(result: unknown): result is PlainObject {
  if (!isPlainObject(result)) return false;
  return result.isError === true || result.resultType === 'input_required';
}

/** Sends a flight to the server with the arguments it may have, and gives what rules see of it. */
export async function fly(
  flight: Flight,
  args: PlainObject,
  { signal }: ToolContext,
  server: Outstanding,
): Promise<unknown> {
  const { operation, raw } = flight;
  const response = await server.ask({ ...raw, params: operation.params(args) }, signal);
  if (Object.hasOwn(response, 'error')) throw new ServerError(errorIn(response));
  const original = member(response, 'result');
  if (isRefusal(original)) {
    throw new ServerRefusal(original, (JSON.stringify(original) ?? '').slice(0, MAX_TEXT));
  }
  const whole: ResultView = { view: original, rebuild: (view) => view };
  const seen = operation.kind === 'tool' ? viewResult(original) : whole;
  flight.answered = { original, seen };
  return seen.view;
}

/** The result a client gets: the server's own, or one made anew where something was masked. */
export function landed(flight: Flight, value: unknown, changed: boolean): unknown {
  const { answered, operation } = flight;
  if (answered !== undefined) {
    return changed ? answered.seen.rebuild(value) : answered.original;
  }
  // Released from the record, where only what rules saw of it was kept.
  if (operation.kind !== 'tool' || Array.isArray(member(value, 'content'))) return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const content = [{ type: 'text', text }];
  return isPlainObject(value) ? { content, structuredContent: value } : { content };
}
