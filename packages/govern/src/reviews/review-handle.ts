import type { ReviewHandle } from '../model/result.js';
import type { Reviews } from './reviews.js';

const POLL_MS = 1000;

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Creates the handle that waits for a held call's review. It reads the log: the reviewer may decide in another process. */
export function createReviewHandle(reviews: Pick<Reviews, 'get'>, reviewId: string): ReviewHandle {
  return Object.freeze({
    reviewId,
    async decided({ signal, pollMs = POLL_MS }: Parameters<ReviewHandle['decided']>[0] = {}) {
      for (;;) {
        signal?.throwIfAborted();
        const state = (await reviews.get(reviewId))?.state;
        if (state !== undefined && state !== 'pending') return state;
        await pause(pollMs, signal);
      }
    },
  } satisfies ReviewHandle);
}
