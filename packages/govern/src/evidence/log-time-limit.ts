import type { TimeLimit } from '@spanforge/core-events';
import { GovernError } from '../error.js';

function logTimedOutError(): GovernError {
  return new GovernError('GOVERN_LOG_TIMED_OUT', 'the evidence log did not answer in time');
}

/** Waits for the evidence log no longer than a limit. @throws `GOVERN_LOG_TIMED_OUT`. */
export function withinLogLimit<Value>(limit: TimeLimit, work: Promise<Value>): Promise<Value> {
  return limit.wait(work, logTimedOutError);
}
