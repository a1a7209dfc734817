import { McpError } from './error.js';
import type { RequestMessage } from './govern-requests.js';
import type { Link } from './link.js';
import { classify, errorOf, idKey, type Message, RPC } from './message.js';
import { isGoverned } from './operation.js';
import { createPassOn } from './pass-on.js';
import { isPlainObject, member, type PlainObject } from './plain.js';

/** What a client sent along with every request, for requests the proxy makes itself. */
function envelopeOf(params: unknown): PlainObject {
  const meta = member(params, '_meta');
  if (!isPlainObject(meta)) return {};
  const kept = Object.entries(meta).filter(([key]) => key.startsWith('io.modelcontextprotocol/'));
  return kept.length === 0 ? {} : { _meta: Object.fromEntries(kept) };
}

/** Creates what takes the messages of the client. */
export function createFromClient(link: Link): (value: unknown) => void {
  const { server, toServer, toClient, governed, state, running } = link;
  const { maxPending, reply, during, report } = link;
  const { handOn, listen } = createPassOn(link);

  function govern(request: RequestMessage): void {
    const key = idKey(request.id);
    const controller = new AbortController();
    running.set(key, controller);
    const answer = governed.answer(request, controller.signal);
    during(
      answer
        // An id that was answered may be used again, and is then the same call again.
        .finally(() => running.delete(key))
        .then((message) => {
          if (message !== undefined) reply(message);
        }),
    );
  }

  function refuseDuplicate({ id, method, raw }: RequestMessage): void {
    during(governed.recordRefused(`duplicate:${method}`, { params: member(raw, 'params') }));
    reply(
      errorOf(id, { code: RPC.invalidRequest, message: 'a request with this id is under way' }),
    );
  }

  function takeRequest(request: RequestMessage): void {
    const { id, method, raw } = request;
    const params = member(raw, 'params');
    if (running.has(idKey(id)) || toServer.has(id)) {
      refuseDuplicate(request);
      return;
    }
    if (running.size >= maxPending) {
      reply(errorOf(id, { code: RPC.unavailable, message: 'too many requests at once' }));
      return;
    }
    if (method === 'initialize') state.capabilities = member(params, 'capabilities');
    const meta = envelopeOf(params);
    if (Object.keys(meta).length > 0) state.envelope = meta;
    if (isGoverned(method)) govern(request);
    else if (method === 'subscriptions/listen') listen(request);
    else handOn(request);
  }

  function takeNotification({ method, raw }: Extract<Message, { kind: 'notification' }>): void {
    if (isGoverned(method)) {
      // Without an id there is nobody to answer, and a server may run it all the same.
      during(governed.recordRefused(`notification:${method}`, { params: member(raw, 'params') }));
      return;
    }
    const cancelled = member(member(raw, 'params'), 'requestId');
    const controller = running.get(idKey(cancelled));
    if (method === 'notifications/cancelled' && controller !== undefined) {
      controller.abort(new McpError('MCP_SERVER_GONE', 'the client has cancelled the call'));
      return;
    }
    if (method === 'notifications/cancelled') toServer.forget(cancelled);
    new Promise((resolve) => resolve(server.send(raw))).catch(report);
  }

  function fromClient(value: unknown): void {
    if (Array.isArray(value) && value.length > 0) {
      for (const one of value) fromClient(Array.isArray(one) ? null : one);
      return;
    }
    const message = classify(value);
    if (message.kind === 'request') takeRequest(message);
    else if (message.kind === 'notification') takeNotification(message);
    else if (message.kind === 'response') toClient.answer(message.id, message.raw);
    else {
      reply(errorOf(message.id, { code: RPC.invalidRequest, message: 'not a JSON-RPC message' }));
    }
  }

  return fromClient;
}
