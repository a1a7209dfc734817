import { ServerError } from './answers.js';
import { filterPage } from './catalogue.js';
import type { RequestMessage } from './govern-requests.js';
import { errorOf, RPC } from './message.js';
import { isPlainObject, member, type PlainObject } from './plain.js';
import type { Session } from './session.js';

/** Removes the tasks capability from a response, because the proxy refuses tasks. */
function withoutTasks(response: PlainObject): PlainObject {
  const result = member(response, 'result');
  const capabilities = member(result, 'capabilities');
  if (!isPlainObject(result) || !isPlainObject(capabilities)) return response;
  if (!Object.hasOwn(capabilities, 'tasks')) return response;
  const { tasks: _tasks, ...rest } = capabilities;
  return { ...response, result: { ...result, capabilities: rest } };
}

/** Forwards requests that are not governed, and their responses. */
export function createPassOn({
  setProtocolVersion,
  toServer,
  catalogue,
  governed,
  reply,
  during,
  report,
}: Session): {
  readonly handOn: (request: RequestMessage) => void;
  readonly listen: (request: RequestMessage) => void;
} {
  function handBack({ id, method }: RequestMessage, response: PlainObject): void {
    if (method === 'initialize') {
      const version = member(member(response, 'result'), 'protocolVersion');
      if (typeof version === 'string') setProtocolVersion?.(version);
    }
    if (method === 'initialize' || method === 'server/discover') reply(withoutTasks(response));
    else if (method !== 'tools/list') reply(response);
    else {
      const error = {
        code: RPC.internal,
        message: 'the server did not answer with a list of tools',
      };
      during(
        filterPage(response, catalogue)
          .catch((cause: unknown) => report(cause))
          .then((page) => reply(page ?? errorOf(id, error))),
      );
    }
  }

  function handOn(request: RequestMessage): void {
    const { id, raw } = request;
    toServer.send(
      raw,
      (response) => handBack(request, response),
      (cause) => {
        report(cause);
        const known = cause instanceof ServerError;
        const fault = { code: RPC.invalidRequest, message: 'the request could not be forwarded' };
        reply(errorOf(id, known ? cause.error : fault));
      },
    );
  }

  /** A stream of changes: governed by the resources it names. */
  function listen(request: RequestMessage): void {
    const wanted = member(
      member(member(request.raw, 'params'), 'notifications'),
      'resourceSubscriptions',
    );
    const uris = Array.isArray(wanted) ? wanted.filter((uri) => typeof uri === 'string') : [];
    during(
      governed.maySubscribe(request, uris).then((refusal) => {
        if (refusal === undefined) handOn(request);
        else reply(refusal);
      }),
    );
  }

  return { handOn, listen };
}
