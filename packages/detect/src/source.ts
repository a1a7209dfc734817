import { type CharacterClass, has, WORD } from './character.js';
import { foldText } from './fold.js';

/** Where literals stand in one text. */
export interface Occurrences {
  /** Whether the literal was among those looked for. */
  knows(literal: string): boolean;
  /** Its places, in order. */
  of(literal: string): readonly number[];
  /** The literals that were found at all. */
  readonly found: ReadonlyMap<string, readonly number[]>;
}

/** The text being searched, and how many characters have been looked at so far. */
export interface SearchedText {
  readonly text: string;
  /** Counted for the proof that searching is linear; nothing is decided by it. */
  steps: number;
  /** Where literals stand, once they have been looked for together. */
  occurrences?: Occurrences;
}

/** A detector's candidate, before thresholds and overlaps. */
export interface Candidate<Type extends string> {
  readonly type: Type;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
}

export function createSource(text: string): SearchedText {
  return { text: foldText(text), steps: 0 };
}

/** Where the run of characters of a class that begins at `from` ends. */
export function run(
  source: SearchedText,
  from: number,
  characters: CharacterClass,
  max = Infinity,
) {
  const { text } = source;
  const stop = Math.min(text.length, from + max);
  let at = from;
  while (at < stop && has(characters, text.charCodeAt(at))) at += 1;
  source.steps += at - from + 1;
  return at;
}

/** Where the run of characters of a class that ends before `from` begins. */
export function runBack(
  source: SearchedText,
  from: number,
  characters: CharacterClass,
  max: number,
) {
  const { text } = source;
  const stop = Math.max(0, from - max);
  let at = from;
  while (at > stop && has(characters, text.charCodeAt(at - 1))) at -= 1;
  source.steps += from - at + 1;
  return at;
}

/** What follows a place, at most so long that bounded patterns may be tried on it. */
export function peek(source: SearchedText, from: number, length: number): string {
  source.steps += length;
  return source.text.slice(from, from + length);
}

/** What stands before a place. */
export function peekBack(source: SearchedText, from: number, length: number): string {
  source.steps += length;
  return source.text.slice(Math.max(0, from - length), from);
}

/**
 * Calls `visit` wherever a literal stands. `visit` answers where to go on; what lies before that
 * is not looked at again.
 */
export function eachOccurrence(
  source: SearchedText,
  literal: string,
  visit: (at: number) => number | undefined,
): void {
  if (source.occurrences?.knows(literal)) {
    let next = 0;
    for (const at of source.occurrences.of(literal)) {
      if (at >= next) next = Math.max(visit(at) ?? 0, at + 1);
    }
    return;
  }
  let at = source.text.indexOf(literal);
  while (at !== -1) {
    const next = Math.max(visit(at) ?? 0, at + 1);
    const found = source.text.indexOf(literal, next);
    source.steps += (found === -1 ? source.text.length : found) - at;
    at = found;
  }
}

const BACKSLASH = 0x5c;
const PERCENT = 0x25;

/** Whether a token may begin here: not inside a word, but behind `\n` or `%3D` written out. */
export function beginsToken({ text }: SearchedText, at: number): boolean {
  if (at === 0 || !has(WORD, text.charCodeAt(at - 1))) return true;
  if (text.charCodeAt(at - 2) === BACKSLASH) return 'nrt'.includes(text[at - 1] ?? '-');
  return text.charCodeAt(at - 3) === PERCENT && /^%[\dA-Fa-f]{2}$/.test(text.slice(at - 3, at));
}

/** Whether words that match stand a little before or behind. */
export function isNear(source: SearchedText, start: number, end: number, words: RegExp): boolean {
  return words.test(peekBack(source, start, 64)) || words.test(peek(source, end, 32));
}
