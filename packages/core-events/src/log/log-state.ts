import { EventsError } from '../error.js';
import type { LogGuard } from './log-guard.js';

/** What changes about an open log. */
export interface LogState {
  /** Number of records in the log, as far as this process knows. */
  size: number;
  /** Present once the log is asked to close. */
  closing: Promise<void> | undefined;
  readonly guard: LogGuard | undefined;
}

/** @throws {EventsError} `EVENTS_LOG_CLOSED`. */
export function requireOpen({ closing }: LogState): void {
  if (closing) throw new EventsError('EVENTS_LOG_CLOSED', 'the log is closed');
}

/** @throws {EventsError} `EVENTS_LOG_FROZEN`, when the guard says that the log may not be used. */
export function requireGoverning({ guard }: LogState): void {
  const refusal = guard?.refusal();
  if (refusal) throw refusal;
}
