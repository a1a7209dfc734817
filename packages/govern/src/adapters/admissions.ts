import type { CallContext } from '../call.js';
import type { GovernedResult } from '../result.js';
import type { Gate, RunTool } from './gate.js';

/** A call that was decided about and waits for the framework to run it. */
export interface Admission {
  /** Runs it, or says why it was not run. */
  go(run: RunTool, signal: AbortSignal | undefined): Promise<GovernedResult<unknown>>;
  /** Ends it: it will not be run. */
  cancel(reason: string): Promise<unknown>;
}

/** Calls between their decision, which a framework asks for first, and their run. */
export interface Admissions {
  /** True when a person has to decide first; otherwise the call waits to be taken. */
  admit(gate: Gate, key: string, input: unknown, context: CallContext): Promise<boolean>;
  /** The oldest call of this key that waits. */
  take(key: string): Admission | undefined;
}

interface Waiting extends Admission {
  readonly timer: ReturnType<typeof setTimeout>;
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
}

function defer<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason);
    if (signal.aborted) fail();
    signal.addEventListener('abort', fail, { once: true });
  });
}

/** A call under way whose tool is still to be said. */
interface Begun {
  readonly result: Promise<GovernedResult<unknown>>;
  /** Settles when the tool may run. */
  readonly reached: Promise<'reached'>;
  readonly controller: AbortController;
  supply(run: RunTool): void;
}

function begin(gate: Gate, input: unknown, context: CallContext): Begun {
  const supplied = defer<RunTool>();
  const reached = defer<'reached'>();
  const controller = new AbortController();
  const { signal: given } = controller;
  const result = gate.start(input, { ...context, signal: given }, async (args, signal) => {
    reached.resolve('reached');
    const run = await Promise.race([supplied.promise, whenAborted(signal)]);
    signal.throwIfAborted();
    return run(args, signal);
  });
  // Whoever takes it sees this rejection; until then nobody does.
  result.catch(() => undefined);
  return { result, reached: reached.promise, controller, supply: supplied.resolve };
}

function goOn(
  { result, controller, supply }: Begun,
  run: RunTool,
  signal: AbortSignal | undefined,
): Promise<GovernedResult<unknown>> {
  const abort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  supply(run);
  const forget = (): void => signal?.removeEventListener('abort', abort);
  // A stream is aborted until its end, not until its beginning.
  result.then(
    (ended) => (ended.status === 'streaming' ? ended.ended.then(forget, forget) : forget()),
    forget,
  );
  return result;
}

/**
 * Creates the waiting room of one tool governor. The decision is taken once: its start is on record
 * while the call waits, and the tool runs when the framework says so. One it never runs ends as
 * cancelled after `timeoutMs`.
 */
export function createAdmissions(timeoutMs: number): Admissions {
  const waiting = new Map<string, Waiting[]>();
  const remove = (key: string, one: Waiting): void => {
    const left = (waiting.get(key) ?? []).filter((other) => other !== one);
    if (left.length === 0) waiting.delete(key);
    else waiting.set(key, left);
  };
  return {
    async admit(gate, key, input, context) {
      const begun = begin(gate, input, context);
      const first = await Promise.race([begun.reached, begun.result]);
      if (first !== 'reached' && first.status === 'held') return true;
      const timer = setTimeout(() => {
        remove(key, one);
        begun.controller.abort(new Error('the call was never run'));
      }, timeoutMs);
      timer.unref?.();
      const one: Waiting = {
        timer,
        go: (run, signal) => goOn(begun, run, signal),
        cancel(reason) {
          begun.controller.abort(new Error(reason));
          return begun.result.catch(() => undefined);
        },
      };
      waiting.set(key, [...(waiting.get(key) ?? []), one]);
      return false;
    },
    take(key) {
      const one = waiting.get(key)?.[0];
      if (one === undefined) return undefined;
      clearTimeout(one.timer);
      remove(key, one);
      return one;
    },
  };
}
