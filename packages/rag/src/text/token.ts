import type { PartialDate } from './calendar.js';
import type { Quantity } from './quantity.js';

/** What part a token plays in a claim. */
export type TokenRole =
  | 'content'
  | 'light'
  | 'function'
  | 'discourse'
  | 'speaker'
  | 'addressee'
  | 'negator';

/** One word, number, date or sign of a text. Offsets are UTF-16 code units of the whole text. */
export interface Token {
  readonly kind: 'word' | 'number' | 'date';
  /** What tokens are compared by: a stem, or a number in one form. */
  readonly key: string;
  readonly role: TokenRole;
  readonly start: number;
  readonly end: number;
  /** Written with a capital although no sentence begins here. */
  readonly proper: boolean;
  readonly quantity?: Quantity;
  readonly date?: PartialDate;
}

/** Work done so far, counted in characters and tokens visited. */
export interface Work {
  steps: number;
}
