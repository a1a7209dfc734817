import { McpError } from './error.js';
import { classify, errorOf, idKey, type Message, RPC } from './message.js';
import { isGoverned } from './operation.js';
import { member } from './plain.js';
import type { Session } from './session.js';
import { createTakeRequest, recordRefused } from './take-request.js';

function takeNotification(
  session: Session,
  { method, raw }: Extract<Message, { kind: 'notification' }>,
): void {
  const { server, toServer, running, report } = session;
  if (isGoverned(method)) {
    // Without an id nobody can be answered, and the server might still run it.
    recordRefused(session, `notification:${method}`, raw);
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

/** Creates the handler of the client's messages; `bytes` is how long a message was. */
export function createFromClient(session: Session): (value: unknown, bytes?: unknown) => void {
  const { toClient, reply } = session;
  const takeRequest = createTakeRequest(session);

  function fromClient(value: unknown, bytes: number): void {
    if (Array.isArray(value) && value.length > 0) {
      const each = Math.ceil(bytes / value.length);
      for (const one of value) fromClient(Array.isArray(one) ? null : one, each);
      return;
    }
    const message = classify(value);
    if (message.kind === 'request') takeRequest(message, bytes);
    else if (message.kind === 'notification') takeNotification(session, message);
    else if (message.kind === 'response') toClient.answer(message.id, message.raw);
    else {
      reply(errorOf(message.id, { code: RPC.invalidRequest, message: 'invalid JSON-RPC message' }));
    }
  }

  return (value, bytes) => fromClient(value, typeof bytes === 'number' ? bytes : 0);
}
