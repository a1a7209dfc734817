import type { UnfinishedCall } from './model/options.js';
import type { GovernedResult } from './model/result.js';

/** The calls a governor has in progress. */
export interface CallsInProgress {
  /** Keeps a call until it has ended, a stream until its end; passes the result on. */
  track<Result extends GovernedResult<unknown>>(
    call: UnfinishedCall,
    result: Promise<Result>,
  ): Promise<Result>;
  /** Waits until none is left, or the time is over; answers with those that are left. */
  drain(timeoutMs: number | undefined): Promise<readonly UnfinishedCall[]>;
}

/** Creates the list of one governor's calls. */
export function createCallsInProgress(): CallsInProgress {
  const calls = new Set<UnfinishedCall>();
  let idle: (() => void)[] = [];
  return {
    track(call, result) {
      calls.add(call);
      const done = (): void => {
        calls.delete(call);
        if (calls.size > 0) return;
        for (const tell of idle) tell();
        idle = [];
      };
      result.then((ended) => {
        if (ended.status === 'streaming') ended.ended.then(done, done);
        else done();
      }, done);
      return result;
    },
    async drain(timeoutMs) {
      if (calls.size === 0) return [];
      await new Promise<void>((resolve) => {
        const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
        idle.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      return [...calls];
    },
  };
}
