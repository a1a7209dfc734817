import type { TrackedSender } from './flow-control.js';
import { idKey, type MessageId } from './message.js';
import { member, type PlainObject } from './plain.js';

/** Requests sent over one connection that wait for their response. */
export interface Outstanding {
  /**
   * Sends a request; `settle` gets its response, once. If it cannot be sent, `failed` is called.
   */
  send(
    raw: PlainObject,
    settle: (response: PlainObject) => void,
    failed: (cause: unknown) => void,
  ): void;
  /** Sends a request and waits; an aborted one is cancelled on the other side too. */
  ask(raw: PlainObject, signal?: AbortSignal): Promise<PlainObject>;
  /** Passes a response to its waiting request; false when there is none. */
  answer(id: MessageId, raw: PlainObject): boolean;
  has(id: unknown): boolean;
  forget(id: unknown): void;
  /** Ends a waiting request with an error; false when there is none. */
  fail(id: MessageId, cause: unknown): boolean;
  readonly size: number;
  /** Ends every request with an error. */
  failAll(cause: unknown): void;
}

interface Waiting {
  readonly settle: (response: PlainObject) => void;
  readonly failed: (cause: unknown) => void;
}

/** Sends a request and waits for its response, or until it is aborted. */
function waitFor(
  send: Outstanding['send'],
  cancel: (id: unknown) => void,
  raw: PlainObject,
  signal: AbortSignal | undefined,
): Promise<PlainObject> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel(member(raw, 'id'));
      reject(signal?.reason);
    };
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    const done = (): void => signal?.removeEventListener('abort', onAbort);
    send(
      raw,
      (response) => {
        done();
        resolve(response);
      },
      (cause) => {
        done();
        reject(cause);
      },
    );
  });
}

/** Creates the list of a connection's unanswered requests. */
export function createOutstanding(sender: TrackedSender): Outstanding {
  const waiting = new Map<string, Waiting>();

  const send: Outstanding['send'] = (raw, settle, failed) => {
    const key = idKey(member(raw, 'id'));
    const entry = { settle, failed };
    waiting.set(key, entry);
    // `send` may throw at once: a message that is nested too deeply cannot be written.
    new Promise((resolve) => resolve(sender.send(raw))).catch((cause) => {
      if (waiting.get(key) === entry) waiting.delete(key);
      failed(cause);
    });
  };

  function cancel(id: unknown): void {
    waiting.delete(idKey(id));
    const params = { requestId: id, reason: 'cancelled' };
    const notice = { jsonrpc: '2.0', method: 'notifications/cancelled', params };
    sender.send(notice).catch(() => undefined);
  }

  return {
    send,
    ask: (raw, signal) => waitFor(send, cancel, raw, signal),
    answer(id, raw) {
      const key = idKey(id);
      const entry = waiting.get(key);
      if (entry === undefined) return false;
      waiting.delete(key);
      entry.settle(raw);
      return true;
    },
    has: (id) => waiting.has(idKey(id)),
    forget: (id) => waiting.delete(idKey(id)),
    fail(id, cause) {
      const key = idKey(id);
      const entry = waiting.get(key);
      if (entry === undefined) return false;
      waiting.delete(key);
      entry.failed(cause);
      return true;
    },
    get size() {
      return waiting.size;
    },
    failAll(cause) {
      const all = [...waiting.values()];
      waiting.clear();
      for (const { failed } of all) failed(cause);
    },
  };
}
