import { Worker } from 'node:worker_threads';
import { EventsError } from '@spanforge/core-events';
import { unavailable } from './failure.js';
import type { WriterAnswer, WriterRequest } from './protocol.js';
import type { WriterOptions } from './write.js';

/** The writer as the calling thread sees it. */
export interface WriterThread {
  /** Sends a request; answers come in order, and several may be under way. */
  request(request: WriterRequest, transfer?: readonly ArrayBuffer[]): Promise<unknown>;
  /** Resolves when the thread has ended and all its handles are closed. */
  ended(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: EventsError) => void;
}

/** What was asked and not yet answered; the process stays alive while there is anything. */
function createQueue(worker: Worker) {
  const waiting: Waiting[] = [];
  return {
    wait: () =>
      new Promise<unknown>((resolve, reject) => {
        if (waiting.push({ resolve, reject }) === 1) worker.ref();
      }),
    answer(answer: WriterAnswer): void {
      const first = waiting.shift();
      if (waiting.length === 0) worker.unref();
      if (answer.kind === 'done') return first?.resolve(answer.value);
      const { code, message, details } = answer.fault;
      first?.reject(new EventsError(code, message, { details }));
    },
    fail(error: EventsError): void {
      for (const each of waiting.splice(0)) each.reject(error);
    },
  };
}

/** Starts the writer in a thread of its own; resolves once its database is open. */
export async function startWriter(options: WriterOptions): Promise<WriterThread> {
  const worker = new Worker(new URL('./writer.js', import.meta.url), { workerData: options });
  const queue = createQueue(worker);
  let failure: EventsError | undefined;
  const fail = (error: EventsError) => {
    failure ??= error;
    queue.fail(failure);
  };
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      fail(unavailable('writer_ended'));
      resolve();
    });
  });
  worker.on('error', (error) => fail(unavailable('writer_failed', error)));
  worker.on('messageerror', (error) => fail(unavailable('writer_failed', error)));
  worker.on('message', (answer: WriterAnswer) => queue.answer(answer));
  const opened = queue.wait();
  await opened;
  return {
    async request(request, transfer = []) {
      if (failure) throw failure;
      worker.postMessage(request, transfer);
      return queue.wait();
    },
    ended() {
      worker.ref();
      return ended;
    },
  };
}
