import type { RequestMessage } from './govern-requests.js';
import { errorOf, idKey, RPC } from './message.js';
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

/**
 * Records an attempt that no request waits for. The client is paused while too many are unfinished.
 */
export function recordRefused(
  { flow, during, governed }: Session,
  name: string,
  raw: PlainObject,
): void {
  const done = flow.recording();
  during(governed.recordRefused(name, { params: member(raw, 'params') }).finally(done));
}

/** Why a request is not taken; undefined for one that is. */
function refusalOf(
  { running, toServer, maxPending, maxPendingBytes }: Session,
  id: RequestMessage['id'],
  pendingBytes: number,
): 'duplicate' | 'too many' | undefined {
  if (running.has(idKey(id)) || toServer.has(id)) return 'duplicate';
  const isFull = running.size >= maxPending || toServer.size >= maxPending;
  return isFull || pendingBytes > maxPendingBytes ? 'too many' : undefined;
}

/** Keeps what a request says of its client. */
function noteClient({ state }: Session, method: string, params: unknown): void {
  if (method === 'initialize') state.capabilities = member(params, 'capabilities');
  const meta = envelopeOf(params);
  if (Object.keys(meta).length > 0) state.envelope = meta;
}

/** Creates the handler of the client's requests; `bytes` is how long a message was. */
export function createTakeRequest(
  session: Session,
): (request: RequestMessage, bytes: number) => void {
  const { governed, running, reply, during } = session;
  const { handOn, listen } = createPassOn(session);
  let pendingBytes = 0;

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

  return (request, bytes) => {
    const { id, method, raw } = request;
    const refusal = refusalOf(session, id, pendingBytes + bytes);
    if (refusal === 'duplicate') {
      recordRefused(session, `duplicate:${method}`, raw);
      const message = 'a request with this id is in progress';
      reply(errorOf(id, { code: RPC.invalidRequest, message }));
      return;
    }
    if (refusal === 'too many') {
      reply(errorOf(id, { code: RPC.unavailable, message: 'too many requests at once' }));
      return;
    }
    noteClient(session, method, member(raw, 'params'));
    if (isGoverned(method)) govern(request, bytes);
    else if (method === 'subscriptions/listen') listen(request);
    else handOn(request);
  };
}
