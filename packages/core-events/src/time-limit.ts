import type { Awaitable } from './awaitable.js';

/** A time limit for many concurrent waits, which share one timer. */
export interface TimeLimit {
  readonly ms: number;
  /** Waits for work up to the limit, then rejects with the error that `late` makes. */
  wait<Value>(work: Promise<Value>, late: () => unknown): Promise<Value>;
  /** A value that is there already is answered at once. */
  wait<Value>(work: Awaitable<Value>, late: () => unknown): Awaitable<Value>;
}

/**
 * Whether something has to be waited for: controls are foreign code, and what they answer may be a promise of
 * another realm or library.
 */
function isThenable<Value>(work: Awaitable<Value>): work is Promise<Value> {
  return typeof (work as { readonly then?: unknown } | null | undefined)?.then === 'function';
}

/**
 * One wait, in a list from the oldest to the newest. A set would do the same, but its tables are dropped
 * every so often as it goes through its members, and each that is dropped late keeps in memory whatever
 * waited at the time: whole calls, until the garbage collector goes over old objects.
 */
interface Wait {
  readonly dueMs: number;
  /** Rejects what waits, with the error that `late` makes. */
  reject: ((error: unknown) => void) | undefined;
  readonly late: () => unknown;
  before: Wait;
  after: Wait;
}

/** An empty list: an entry that stands before the oldest and after the newest. */
function createList(): Wait {
  const ends = { dueMs: 0, reject: undefined } as Wait;
  ends.before = ends;
  ends.after = ends;
  return ends;
}

/** Takes a wait out, once; it leads nowhere afterwards. */
function unlink(wait: Wait): void {
  wait.before.after = wait.after;
  wait.after.before = wait.before;
  wait.before = wait;
  wait.after = wait;
  wait.reject = undefined;
}

/**
 * Creates a time limit. Waits with one limit expire in the order in which they began, so a single
 * timer for the oldest is enough. It keeps the process alive only while something waits.
 */
export function createTimeLimit(
  ms: number,
  monotonicMs: () => number = () => performance.now(),
): TimeLimit {
  const waits = createList();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isEmpty = (): boolean => waits.after === waits;
  const expireDue = (): void => {
    timer = undefined;
    const nowMs = monotonicMs();
    while (!isEmpty()) {
      const { after: oldest } = waits;
      if (oldest.dueMs > nowMs) {
        timer = setTimeout(expireDue, Math.ceil(oldest.dueMs - nowMs));
        return;
      }
      const { reject, late } = oldest;
      unlink(oldest);
      reject?.(late());
    }
  };
  const add = (reject: (error: unknown) => void, late: () => unknown): Wait => {
    if (timer === undefined) timer = setTimeout(expireDue, ms);
    else if (isEmpty()) timer.ref?.();
    const dueMs = monotonicMs() + ms;
    const wait = { dueMs, reject, late, before: waits.before, after: waits };
    waits.before.after = wait;
    waits.before = wait;
    return wait;
  };
  const remove = (wait: Wait): void => {
    unlink(wait);
    if (isEmpty()) timer?.unref?.();
  };
  function wait<Value>(work: Promise<Value>, late: () => unknown): Promise<Value>;
  function wait<Value>(work: Awaitable<Value>, late: () => unknown): Awaitable<Value>;
  function wait<Value>(work: Awaitable<Value>, late: () => unknown): Awaitable<Value> {
    if (!isThenable(work)) return work;
    return new Promise<Value>((resolve, reject) => {
      const waiting = add(reject, late);
      work.then(
        (value) => {
          remove(waiting);
          resolve(value);
        },
        (error: unknown) => {
          remove(waiting);
          reject(error);
        },
      );
    });
  }
  return Object.freeze({ ms, wait } satisfies TimeLimit);
}
