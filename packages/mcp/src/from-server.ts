import { McpError } from './error.js';
import { classify, errorOf, RPC } from './message.js';
import { member, type PlainObject } from './plain.js';
import type { Session } from './session.js';

const TOO_MANY = { code: RPC.unavailable, message: 'too many requests at once' };

/** Creates the handler of the server's messages. */
export function createFromServer(session: Session): (value: unknown) => void {
  const { server, toServer, toClient, catalogue, maxPending, reply, report } = session;

  function fromServer(value: unknown): void {
    if (Array.isArray(value)) {
      for (const one of value) if (!Array.isArray(one)) fromServer(one);
      return;
    }
    const message = classify(value);
    if (message.kind === 'response') {
      // A response that nobody waits for could look like the answer to a call that was refused.
      toServer.answer(message.id, message.raw);
    } else if (message.kind === 'request') {
      const back = (response: PlainObject): void => {
        new Promise((resolve) => resolve(server.send(response))).catch(report);
      };
      if (toClient.has(message.id)) return;
      if (toClient.size < maxPending) toClient.send(message.raw, back, report);
      else back(errorOf(message.id, TOO_MANY));
    } else if (message.kind === 'notification') {
      if (message.method === 'notifications/tools/list_changed') catalogue.expire();
      if (message.method === 'notifications/cancelled') {
        toClient.forget(member(member(message.raw, 'params'), 'requestId'));
      }
      reply(message.raw);
    } else
      report(new McpError('MCP_MESSAGE_MALFORMED', 'invalid JSON-RPC message from the server'));
  }

  return fromServer;
}
