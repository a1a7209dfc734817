import type { DraftPlace } from './types.js';

const SHOWN = 3;

/**
 * `run-3#4, run-7#2 (12 in all)`: the calls on which a line is based, counted from 0 in their run.
 */
export function cite(places: readonly DraftPlace[]): string {
  const shown = places.slice(0, SHOWN).map(({ run, at }) => `${printable(run.id)}#${at}`);
  const more = places.length > SHOWN ? ` (${places.length} in all)` : '';
  return `${shown.join(', ')}${more}`;
}

/** Text on one line, without invisible characters. */
export function printable(text: string): string {
  const escaped = text.replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return escaped.length <= 120 ? escaped : `${escaped.slice(0, 117)}...`;
}

/** A note for a person to review. */
export function review(text: string): string {
  return `REVIEW: ${text}`;
}

/** `1 call`, `2 calls`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
