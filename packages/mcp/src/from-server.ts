import { McpError } from './error.js';
import type { Link } from './link.js';
import { classify } from './message.js';
import { member, type PlainObject } from './plain.js';

/** Creates what takes the messages of the server. */
export function createFromServer(link: Link): (value: unknown) => void {
  const { server, toServer, toClient, catalogue, reply, report } = link;

  function fromServer(value: unknown): void {
    if (Array.isArray(value)) {
      for (const one of value) if (!Array.isArray(one)) fromServer(one);
      return;
    }
    const message = classify(value);
    if (message.kind === 'response') {
      // A response nobody waits for could pass for the answer to a call that was never let through.
      toServer.answer(message.id, message.raw);
    } else if (message.kind === 'request') {
      const back = (response: PlainObject): void => {
        new Promise((resolve) => resolve(server.send(response))).catch(report);
      };
      if (!toClient.has(message.id)) toClient.send(message.raw, back, report);
    } else if (message.kind === 'notification') {
      if (message.method === 'notifications/tools/list_changed') catalogue.expire();
      if (message.method === 'notifications/cancelled') {
        toClient.forget(member(member(message.raw, 'params'), 'requestId'));
      }
      reply(message.raw);
    } else report(new McpError('MCP_MESSAGE_MALFORMED', 'the server sent what is no message'));
  }

  return fromServer;
}
