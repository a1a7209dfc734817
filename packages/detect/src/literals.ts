import type { Source } from './source.js';

/** Where literals stand in one text. */
export interface Occurrences {
  /** Whether the literal was among those looked for. */
  knows(literal: string): boolean;
  /** Its places, in order. */
  of(literal: string): readonly number[];
  /** The literals that were found at all. */
  readonly found: ReadonlyMap<string, readonly number[]>;
}

/** Looks for many literals in one pass over a text. */
export type FindLiterals = (source: Source) => Occurrences;

const PAIRS = 128 * 128;
const NONE: readonly number[] = [];

/**
 * Prepares a search for literals of ASCII, two characters or more each: the first two lead to the
 * few that begin with them.
 */
export function createLiteralFinder(literals: Iterable<string>): FindLiterals {
  const known = new Set(literals);
  const lists: (readonly string[])[] = [[]];
  const byPair = new Uint16Array(PAIRS);
  for (const literal of known) {
    const pair = literal.charCodeAt(0) * 128 + literal.charCodeAt(1);
    if (byPair[pair] === 0) byPair[pair] = lists.push([]) - 1;
    const list = byPair[pair] ?? 0;
    lists[list] = [...(lists[list] ?? []), literal];
  }
  return (source) => {
    const { text } = source;
    const found = new Map<string, number[]>();
    let first = text.charCodeAt(0);
    for (let at = 1; at < text.length; at += 1) {
      const second = text.charCodeAt(at);
      const list = first < 128 && second < 128 ? (byPair[first * 128 + second] ?? 0) : 0;
      if (list !== 0) {
        for (const literal of lists[list] ?? []) {
          source.steps += literal.length;
          if (text.startsWith(literal, at - 1)) note(found, literal, at - 1);
        }
      }
      first = second;
    }
    source.steps += text.length;
    return { found, knows: (one) => known.has(one), of: (one) => found.get(one) ?? NONE };
  };
}

function note(found: Map<string, number[]>, literal: string, at: number): void {
  const places = found.get(literal);
  if (places === undefined) found.set(literal, [at]);
  else places.push(at);
}
