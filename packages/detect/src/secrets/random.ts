import { ALPHANUMERIC, has } from '../character.js';

/**
 * Pairs of letters that make up ninety-five of a hundred in English and in the names of programs:
 * behind each letter those that follow it. Of random pairs they are one in three.
 */
const COMMON_PAIRS: Readonly<Record<string, string>> = {
  a: 'bcdfgilmnprstuwy',
  b: 'aejlouy',
  c: 'aehiklorty',
  d: 'aeilos',
  e: 'acdefglmnopqrstvwxy',
  f: 'aeiortu',
  g: 'einorst',
  h: 'aeior',
  i: 'cdefglmnorstvz',
  j: 'es',
  k: 'en',
  l: 'adeilostuy',
  m: 'abeiops',
  n: 'acdefgiklostuv',
  o: 'bcdefgilmnoprstuvw',
  p: 'aeloprtu',
  q: 'u',
  r: 'acdegimnorstuy',
  s: 'acehiopstuy',
  t: 'acehiorstuy',
  u: 'aelmnrst',
  v: 'aei',
  w: 'aehinor',
  x: 'pt',
  y: 'npst',
  z: 'e',
};

const MIN_PAIRS = 8;
const MAX_COMMON = 0.55;
const MIN_WORDY_PAIRS = 5;
const MIN_WORDY = 0.8;

interface Shape {
  readonly digits: number;
  readonly letters: number;
  readonly signs: number;
  readonly lower: number;
  readonly upper: number;
  /** How often the kind of character changes. */
  readonly changes: number;
}

/** Words, paths and identifiers change little between letters and digits; random text does. */
export function looksRandom(value: string): boolean {
  const { digits, letters, signs, changes } = shapeOf(value);
  if (signs > value.length / 4) return false;
  if (digits >= 2 && letters >= 2 && changes >= value.length / 6) {
    // `X25519KeyPair`, `rfc1964_key_data`: a name with numbers in it.
    return !(digits < value.length * 0.4 && isWordy(value));
  }
  return hasStrangePairs(value);
}

/** What a careful person chooses: three kinds of characters, and digits among them. */
export function looksChosen(password: string): boolean {
  const { digits, lower, upper, signs } = shapeOf(password);
  if (/^[\w.-]{1,512}$/.test(password) && isWordy(password)) return false;
  return digits > 0 && [lower, upper, signs].filter((count) => count > 0).length >= 2;
}

function shapeOf(value: string): Shape {
  const counts = { digit: 0, lower: 0, upper: 0, sign: 0 };
  let changes = 0;
  let before = '';
  for (const character of value) {
    const kind = kindOf(character);
    counts[kind] += 1;
    if (kind !== before) changes += 1;
    before = kind;
  }
  const { digit: digits, lower, upper, sign: signs } = counts;
  return { digits, lower, upper, signs, letters: lower + upper, changes };
}

/** Whether the letters stand beside each other as they do in no word. */
function hasStrangePairs(value: string): boolean {
  const { pairs, common } = pairsOf(value);
  return pairs >= MIN_PAIRS && common / pairs <= MAX_COMMON;
}

/** Whether the letters stand beside each other as they do in words and in names of programs. */
function isWordy(value: string): boolean {
  const { pairs, common } = pairsOf(value);
  return pairs >= MIN_WORDY_PAIRS && common / pairs >= MIN_WORDY;
}

function pairsOf(value: string): { readonly pairs: number; readonly common: number } {
  const text = value.toLowerCase();
  let pairs = 0;
  let common = 0;
  for (let at = 1; at < text.length; at += 1) {
    const [first, second] = [text[at - 1] ?? '', text[at] ?? ''];
    if (!/^[a-z]$/.test(first) || !/^[a-z]$/.test(second)) continue;
    pairs += 1;
    if (COMMON_PAIRS[first]?.includes(second)) common += 1;
  }
  return { pairs, common };
}

function kindOf(character: string): 'digit' | 'lower' | 'upper' | 'sign' {
  if (!has(ALPHANUMERIC, character.charCodeAt(0))) return 'sign';
  if (character <= '9') return 'digit';
  return character <= 'Z' ? 'upper' : 'lower';
}
