import { Worker } from 'node:worker_threads';
import { EventsError } from '@spanforge/core-events';
import { asEventsError } from './events-error.js';
import { unavailable } from './failure.js';
import type { WriterAnswer, WriterFault, WriterRequest } from './protocol.js';
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

function errorOf({ code, message, details }: WriterFault): EventsError {
  return new EventsError(code, message, { details });
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
      if (answer.kind === 'done') first?.resolve(answer.value);
      else first?.reject(errorOf(answer.fault));
    },
    fail(error: EventsError): void {
      for (const each of waiting.splice(0)) each.reject(error);
    },
  };
}

/** Starts the writer in a thread of its own; resolves once its database is open. */
export async function startWriter(options: WriterOptions): Promise<WriterThread> {
  const worker = new Worker(new URL('./writer.js', import.meta.url), {
    workerData: options,
    // The flags of the process, such as `--input-type`, may not fit this file.
    execArgv: [],
  });
  const queue = createQueue(worker);
  let failure: EventsError | undefined;
  const fail = (error: EventsError) => {
    failure ??= error;
    queue.fail(failure);
  };
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      fail(asEventsError('thread', unavailable('writer_ended')));
      resolve();
    });
  });
  worker.on('error', (error) => fail(asEventsError('writer_failed', error)));
  worker.on('messageerror', (error) => fail(asEventsError('writer_failed', error)));
  worker.on('message', (answers: readonly WriterAnswer[]) => {
    for (const answer of answers) queue.answer(answer);
  });
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
