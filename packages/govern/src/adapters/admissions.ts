import type { CallContext } from '../model/call.js';
import type { GovernedResult } from '../model/result.js';
import type { Gate, RunTool } from './gate.js';

/** A call that was decided and waits for the framework to run it. */
export interface Admission {
  /** Runs it, or says why it did not run. */
  go(run: RunTool, signal: AbortSignal | undefined): Promise<GovernedResult<unknown>>;
  /** Ends it without running it. */
  cancel(reason: string): Promise<unknown>;
}

/** Calls whose decision the framework has asked for, and that it has not run yet. */
export interface Admissions {
  /** True when a person has to decide first; otherwise the call waits to be taken. */
  admit(gate: Gate, key: string, input: unknown, context: CallContext): Promise<boolean>;
  /** The oldest waiting call with this key. */
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

/** A call in progress that waits to be told which function to run. */
interface AdmittedCall {
  readonly result: Promise<GovernedResult<unknown>>;
  /** Settles when the tool may run. */
  readonly reached: Promise<'reached'>;
  readonly controller: AbortController;
  supply(run: RunTool): void;
}

function admitCall(gate: Gate, input: unknown, context: CallContext): AdmittedCall {
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
  // Whoever takes the call sees a rejection; until then it must not be unhandled.
  result.catch(() => undefined);
  return { result, reached: reached.promise, controller, supply: supplied.resolve };
}

function runAdmitted(
  { result, controller, supply }: AdmittedCall,
  run: RunTool,
  signal: AbortSignal | undefined,
): Promise<GovernedResult<unknown>> {
  const abort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  supply(run);
  const forget = (): void => signal?.removeEventListener('abort', abort);
  // A stream can be aborted until its end.
  result.then(
    (ended) => (ended.status === 'streaming' ? ended.ended.then(forget, forget) : forget()),
    forget,
  );
  return result;
}

/**
 * Creates the waiting room of one tool governor. The decision is made once and the start is on record
 * while the call waits; the tool runs when the framework says so. A call that is never run ends as
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
      const admitted = admitCall(gate, input, context);
      const first = await Promise.race([admitted.reached, admitted.result]);
      if (first !== 'reached' && first.status === 'held') return true;
      const timer = setTimeout(() => {
        remove(key, one);
        admitted.controller.abort(new Error('the call was never run'));
      }, timeoutMs);
      timer.unref?.();
      const one: Waiting = {
        timer,
        go: (run, signal) => runAdmitted(admitted, run, signal),
        cancel(reason) {
          admitted.controller.abort(new Error(reason));
          return admitted.result.catch(() => undefined);
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
