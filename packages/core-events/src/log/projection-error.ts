import { EventsError } from '../error.js';

/** Reasons why a state is unavailable: an unreadable log, or records that could not be applied. */
const REASONS = {
  unreadable: 'the state cannot be read from the log',
  broken: 'apply threw',
  incomplete: 'the index lacks records of the state',
  frozen: 'the log does not govern',
};

/** Why a state is unavailable. */
export type Unavailable = keyof typeof REASONS;

/** Errors after which not even an earlier state may be used, because the log was changed. */
const CHANGED: ReadonlyMap<string | undefined, Unavailable> = new Map([
  ['EVENTS_RECORD_TAMPERED', 'unreadable'],
  ['EVENTS_INDEX_INCOMPLETE', 'incomplete'],
  ['EVENTS_LOG_FROZEN', 'frozen'],
]);

/** The code of one of this package's errors. */
export function codeOf(error: unknown): string | undefined {
  return EventsError.is(error) ? error.code : undefined;
}

/** Why no state may be used after this error; undefined where an earlier one still may. */
export function changeIn(error: unknown): Unavailable | undefined {
  return CHANGED.get(codeOf(error));
}

/** @param lagMs Age of the state; -1 when there is none. */
export function unavailableError(reason: Unavailable, lagMs: number, cause: unknown): EventsError {
  const found = EventsError.is(cause) ? cause.details : {};
  const term = typeof found.term === 'string' ? { term: found.term } : {};
  const why = reason === 'frozen' ? { why: String(found.reason) } : {};
  const tampered = codeOf(cause) === 'EVENTS_RECORD_TAMPERED';
  const at = tampered && typeof found.index === 'number' ? { index: found.index } : {};
  const details = { reason, lagMs, ...term, ...why, ...at };
  return new EventsError('EVENTS_STATE_UNAVAILABLE', REASONS[reason], { details, cause });
}
