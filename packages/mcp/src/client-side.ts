import { approvalQuestion, canElicit, readDecision } from './elicit.js';
import type { Outstanding } from './outstanding.js';
import { member, type PlainObject } from './plain.js';

/** Asks the person at the client about a held call; `undefined` when they do not decide. */
export type AskPerson = (
  held: {
    readonly name: string;
    readonly args: unknown;
    readonly reason: string;
    readonly raw: PlainObject;
  },
  signal: AbortSignal | undefined,
) => Promise<'approved' | 'rejected' | undefined>;

/** Asks through elicitation, if the client supports it. */
export function createAskPerson(
  client: Outstanding,
  capabilities: () => unknown,
  newId: () => string,
): AskPerson {
  return async ({ name, args, reason }, signal) => {
    if (!canElicit(capabilities())) return undefined;
    const params = approvalQuestion(name, args, reason);
    if (params === undefined) return undefined;
    const request = { jsonrpc: '2.0', id: newId(), method: 'elicitation/create', params };
    try {
      return readDecision(member(await client.ask(request, signal), 'result'));
    } catch {
      // Nobody could be asked: the call stays held.
      return undefined;
    }
  };
}
