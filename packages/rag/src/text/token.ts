import type { PartialDate } from './calendar.js';
import type { Quantity } from './quantity.js';

/** The role of a token in a claim. */
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
  /** The key for comparing tokens: a stem, or a normalised number. */
  readonly key: string;
  /** The word in lower case; absent for numbers and dates. */
  readonly word?: string;
  readonly role: TokenRole;
  readonly start: number;
  readonly end: number;
  /** Capitalised although no sentence begins here. */
  readonly proper: boolean;
  readonly quantity?: Quantity;
  readonly date?: PartialDate;
}

/** Work done so far, counted in characters and tokens visited. */
export interface Work {
  steps: number;
}
