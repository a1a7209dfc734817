import { McpError } from './error.js';
import type { RequestMessage } from './govern-requests.js';
import { classify, errorOf, idKey, type Message, RPC } from './message.js';
import { isGoverned } from './operation.js';
import { createPassOn } from './pass-on.js';
import { isPlainObject, member, type PlainObject } from './plain.js';
import type { Session } from './session.js';

/** Metadata that a client sends with every request, for requests the proxy makes itself. */
function envelopeOf(params: unknown): PlainObject {
  const meta = member(params, '_meta');
  if (!isPlainObject(meta)) return {};
  const kept = Object.entries(meta).filter(([key]) => key.startsWith('io.modelcontextprotocol/'));
  return kept.length === 0 ? {} : { _meta: Object.fromEntries(kept) };
}

/** Creates the handler of the client's messages; `bytes` is how long a message was. */
export function createFromClient(session: Session): (value: unknown, bytes?: unknown) => void {
  const { server, toServer, toClient, governed, state, running } = session;
  const { maxPending, maxPendingBytes, flow, reply, during, report } = session;
  const { handOn, listen } = createPassOn(session);
  let pendingBytes = 0;

  /**
   * Records an attempt that no request waits for. The client is paused while too many are
   * unfinished.
   */
  function recordRefused(name: string, raw: PlainObject): void {
    const done = flow.recording();
    during(governed.recordRefused(name, { params: member(raw, 'params') }).finally(done));
  }

  function govern(request: RequestMessage, bytes: number): void {
    const key = idKey(request.id);
    const controller = new AbortController();
    running.set(key, controller);
    pendingBytes += bytes;
    const answer = governed.answer(request, controller.signal);
    during(
      answer
        .finally(() => {
          running.delete(key);
          pendingBytes -= bytes;
        })
        .then((message) => {
          if (message !== undefined) reply(message);
        }),
    );
  }

  function refuseDuplicate({ id, method, raw }: RequestMessage): void {
    recordRefused(`duplicate:${method}`, raw);
    const message = 'a request with this id is in progress';
    reply(errorOf(id, { code: RPC.invalidRequest, message }));
  }

  function takeRequest(request: RequestMessage, bytes: number): void {
    const { id, method, raw } = request;
    const params = member(raw, 'params');
    if (running.has(idKey(id)) || toServer.has(id)) {
      refuseDuplicate(request);
      return;
    }
    const isFull = running.size >= maxPending || toServer.size >= maxPending;
    if (isFull || pendingBytes + bytes > maxPendingBytes) {
      reply(errorOf(id, { code: RPC.unavailable, message: 'too many requests at once' }));
      return;
    }
    if (method === 'initialize') state.capabilities = member(params, 'capabilities');
    const meta = envelopeOf(params);
    if (Object.keys(meta).length > 0) state.envelope = meta;
    if (isGoverned(method)) govern(request, bytes);
    else if (method === 'subscriptions/listen') listen(request);
    else handOn(request);
  }

  function takeNotification({ method, raw }: Extract<Message, { kind: 'notification' }>): void {
    if (isGoverned(method)) {
      // Without an id nobody can be answered, and the server might still run it.
      recordRefused(`notification:${method}`, raw);
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

  function fromClient(value: unknown, bytes: number): void {
    if (Array.isArray(value) && value.length > 0) {
      const each = Math.ceil(bytes / value.length);
      for (const one of value) fromClient(Array.isArray(one) ? null : one, each);
      return;
    }
    const message = classify(value);
    if (message.kind === 'request') takeRequest(message, bytes);
    else if (message.kind === 'notification') takeNotification(message);
    else if (message.kind === 'response') toClient.answer(message.id, message.raw);
    else {
      reply(errorOf(message.id, { code: RPC.invalidRequest, message: 'invalid JSON-RPC message' }));
    }
  }

  return (value, bytes) => fromClient(value, typeof bytes === 'number' ? bytes : 0);
}
