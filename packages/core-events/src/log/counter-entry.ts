import type { CounterEntry } from '../counter-port.js';
import { EventsError } from '../error.js';

/** Characters a key or an id may have. */
const MAX_LENGTH = 1024;

/** NUL ends a text in some databases, and a lone surrogate has no bytes. */
const isName = (text: unknown): boolean =>
  typeof text === 'string' &&
  text !== '' &&
  text.length <= MAX_LENGTH &&
  text.isWellFormed() &&
  !text.includes('\0');

const isAmount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

function require(holds: boolean, member: keyof CounterEntry, expected: string): void {
  if (holds) return;
  throw new EventsError('EVENTS_OPTIONS_INVALID', `a counter entry needs ${expected}`, {
    details: { path: `$.${member}` },
  });
}

/**
 * Checks the input of a counter store, so that every driver refuses the same input.
 *
 * @throws {EventsError} `EVENTS_OPTIONS_INVALID` for a key or an id that is empty, longer than 1024
 *   characters or not storable text, an amount or a time that is not finite, a negative amount, or a
 *   window that is not positive.
 */
export function checkCounterEntry(entry: CounterEntry): CounterEntry {
  const { key, id, amount, timeMs, windowMs } = entry;
  require(isName(key), 'key', 'a key of 1 to 1024 characters');
  require(isName(id), 'id', 'an id of 1 to 1024 characters');
  require(isAmount(amount), 'amount', 'an amount that is finite and not negative');
  require(Number.isFinite(timeMs), 'timeMs', 'a time in milliseconds');
  require(isAmount(windowMs) && windowMs > 0, 'windowMs', 'a window in milliseconds');
  return { key, id, amount, timeMs, windowMs };
}
