import type { Occurrences, SearchedText } from './source.js';

/** Looks for many literals in one pass over a text. */
export type FindLiterals = (source: SearchedText) => Occurrences;

interface Anchored {
  readonly literal: string;
  /** Where in the literal the pair stands that leads to it. */
  readonly offset: number;
  /** The character before the pair, or behind one that begins the literal; -1 where there is none. */
  readonly beside: number;
  /** Where that stands, counted from the pair. */
  readonly step: number;
}

const PAIRS = 128 * 128;
const NONE: readonly number[] = [];

/**
 * Prepares a search for literals of ASCII, two characters or more each: in one pass over the text,
 * the pair of characters that is rarest in each of them leads to the few that hold it.
 */
export function createLiteralFinder(literals: Iterable<string>): FindLiterals {
  const known = new Set(literals);
  const lists: (readonly Anchored[])[] = [[]];
  const byPair = new Uint16Array(PAIRS);
  for (const literal of known) {
    const offset = rarestPair(literal);
    const pair = literal.charCodeAt(offset) * 128 + literal.charCodeAt(offset + 1);
    if (byPair[pair] === 0) byPair[pair] = lists.push([]) - 1;
    const list = byPair[pair] ?? 0;
    lists[list] = [...(lists[list] ?? []), anchored(literal, offset)];
  }
  return (source) => {
    const { text } = source;
    const found = new Map<string, number[]>();
    for (const pair of placesOf(text, byPair)) {
      const list = byPair[text.charCodeAt(pair) * 128 + text.charCodeAt(pair + 1)] ?? 0;
      source.steps += note(found, text, pair, lists[list] ?? []);
    }
    source.steps += text.length;
    return { found, knows: (one) => known.has(one), of: (one) => found.get(one) ?? NONE };
  };
}

const encoder = new TextEncoder();

/** Where a pair of characters stands that a table knows. */
function placesOf(text: string, byPair: Uint16Array): readonly number[] {
  const bytes = encoder.encode(text);
  // In a text of ASCII alone a byte is a character, and bytes are read several times faster.
  if (bytes.length === text.length) return inBytes(bytes, byPair);
  const places: number[] = [];
  let first = text.charCodeAt(0);
  for (let at = 1; at < text.length; at += 1) {
    const second = text.charCodeAt(at);
    if ((first | second) < 128 && byPair[first * 128 + second] !== 0) places.push(at - 1);
    first = second;
  }
  return places;
}

function inBytes(bytes: Uint8Array, byPair: Uint16Array): readonly number[] {
  const places: number[] = [];
  let first = bytes[0] ?? 0;
  for (let at = 1; at < bytes.length; at += 1) {
    const second = bytes[at] ?? 0;
    if (byPair[first * 128 + second] !== 0) places.push(at - 1);
    first = second;
  }
  return places;
}

/** Where the pair stands that texts hold least often. */
function rarestPair(literal: string): number {
  let best = 0;
  for (let at = 1; at < literal.length - 1; at += 1) {
    if (rarityOf(literal, at) > rarityOf(literal, best)) best = at;
  }
  return best;
}

function rarityOf(literal: string, at: number): number {
  return rarity(literal[at] ?? '') + rarity(literal[at + 1] ?? '');
}

/** By what prose and programs are made of: small letters and spaces most, capitals and signs less. */
function rarity(character: string): number {
  if (character === ' ') return 0;
  if (/[etaoinsrlhdcu]/.test(character)) return 1;
  if (/[a-z]/.test(character)) return 2;
  if (/[-_./:"]/.test(character)) return 3;
  if (/[jqxzJQXZ~]/.test(character)) return 6;
  return /\d/.test(character) ? 5 : 4;
}

function anchored(literal: string, offset: number): Anchored {
  const step = offset > 0 ? -1 : 2;
  const beside = literal.length === 2 ? -1 : literal.charCodeAt(offset + step);
  return { literal, offset, beside, step };
}

/** Notes which of some literals stand where their pair was seen; answers the steps it took. */
function note(
  found: Map<string, number[]>,
  text: string,
  pair: number,
  candidates: readonly Anchored[],
): number {
  let steps = 0;
  for (const { literal, offset, beside, step } of candidates) {
    steps += 1;
    if (beside !== -1 && text.charCodeAt(pair + step) !== beside) continue;
    const start = pair - offset;
    steps += literal.length;
    if (start < 0 || !text.startsWith(literal, start)) continue;
    const places = found.get(literal);
    if (places === undefined) found.set(literal, [start]);
    else places.push(start);
  }
  return steps;
}
