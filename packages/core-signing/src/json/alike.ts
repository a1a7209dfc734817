import { type Likeness, TextPattern } from './text-pattern.js';
import type { JsonValue } from './types.js';

/** Parses JSON texts of which many resemble an earlier one. */
export interface AlikeParser {
  /**
   * What `JSON.parse` makes of a text. Objects and arrays in which no two texts of a likeness differ are
   * shared and deeply frozen. The outermost one is the parser's, and used again: what is in it is to be taken out
   * before the next call. The others are the caller's own.
   *
   * @throws {SyntaxError} as `JSON.parse` does.
   */
  parse(text: string): JsonValue;
  /** The likeness of the text that was parsed last; undefined when it shares nothing. */
  readonly likeness: Likeness | undefined;
}

/** Patterns that are remembered: of all texts, and of those with one signature. */
const MOST = 256;
const MOST_ALIKE = 24;
/** Longer texts seldom resemble each other. */
const LONGEST = 16_384;
/** Once all places are taken, one in so many texts without a pattern is learned. */
const SELDOM = 64;
/** Texts without a pattern, in excess of those with one, after which no more are tried; and for how many. */
const PATIENCE = 256;
const REST = 4096;

/** Whether the text says everything about the value: no member is there twice, or has another place. */
function isRegular(text: string, value: JsonValue): boolean {
  const isMade = typeof value === 'object' && value !== null;
  return isMade && !text.includes('"__proto__"') && JSON.stringify(value) === text;
}

/** Tells apart texts that have no pattern in common. */
export type SignatureOf = (text: string) => string;

class Parser implements AlikeParser {
  readonly #signatureOf: SignatureOf;
  readonly #known = new Map<string, readonly TextPattern[]>();
  #count = 0;
  #last: TextPattern | undefined;
  #missed = 0;
  #credit = PATIENCE;
  #rest = 0;
  likeness: Likeness | undefined;

  constructor(signatureOf: SignatureOf) {
    this.#signatureOf = signatureOf;
  }

  parse(text: string): JsonValue {
    this.likeness = undefined;
    if (this.#rest > 0 || text.length > LONGEST) {
      this.#rest = Math.max(0, this.#rest - 1);
      return JSON.parse(text);
    }
    const next = this.#last?.next;
    const expected = next?.parse(text);
    return next && expected !== undefined ? this.#is(next, expected) : this.#search(text);
  }

  #is(pattern: TextPattern, value: JsonValue): JsonValue {
    this.likeness = pattern.likeness;
    this.#credit = Math.min(PATIENCE, this.#credit + 1);
    this.#follow(pattern);
    return value;
  }

  #follow(pattern: TextPattern): void {
    if (this.#last) this.#last.next = pattern;
    this.#last = pattern;
  }

  #search(text: string): JsonValue {
    const signature = this.#signatureOf(text);
    const patterns = this.#known.get(signature) ?? [];
    for (const pattern of patterns) {
      const value = pattern.parse(text);
      if (value !== undefined) return this.#is(pattern, value);
    }
    for (const pattern of patterns) {
      const value = pattern.widen(text) ? pattern.parse(text) : undefined;
      if (value !== undefined) return this.#is(pattern, value);
    }
    return this.#anew(text, signature, patterns);
  }

  #anew(text: string, signature: string, patterns: readonly TextPattern[]): JsonValue {
    const value = JSON.parse(text) as JsonValue;
    this.#missed += 1;
    this.#credit -= 1;
    if (this.#credit === 0) [this.#credit, this.#rest] = [PATIENCE, REST];
    const isFull = patterns.length === MOST_ALIKE || this.#count === MOST;
    if ((isFull && this.#missed % SELDOM !== 0) || !isRegular(text, value)) return value;
    // The pattern freezes what it shares: it has a copy of its own.
    const pattern = new TextPattern(JSON.parse(text));
    this.#known.set(signature, [...this.#withRoom(patterns), pattern]);
    this.#count += 1;
    this.#follow(pattern);
    return value;
  }

  /** Forgets the oldest of these, or all there are, where there is no place for one more. */
  #withRoom(patterns: readonly TextPattern[]): readonly TextPattern[] {
    const [oldest, ...others] = patterns;
    if (oldest && patterns.length === MOST_ALIKE) {
      // What followed it may be forgotten already, and would be kept by it.
      oldest.next = undefined;
      this.#count -= 1;
      return others;
    }
    if (this.#count < MOST) return patterns;
    this.#known.clear();
    this.#count = 0;
    return [];
  }
}

/**
 * Creates a parser for texts of one origin, such as records of one type.
 *
 * @param signatureOf Part of a text in which no others are to differ from it; the empty text when absent.
 */
export function createAlikeParser(signatureOf: SignatureOf = () => ''): AlikeParser {
  return new Parser(signatureOf);
}
