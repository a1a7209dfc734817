import { IRREGULAR } from './lexicon.js';

const VOWEL = /[aeiouy]/;

/** Endings, longest first, with what takes their place; the rest must keep a vowel and length. */
const ENDINGS: readonly (readonly [ending: string, put: string, least: number])[] = [
  ['ational', 'ate', 4],
  ['ization', 'ize', 3],
  ['isation', 'ize', 3],
  ['fulness', 'ful', 3],
  ['ousness', 'ous', 3],
  ['iveness', 'ive', 3],
  ['ically', 'ic', 3],
  ['ation', 'ate', 4],
  ['ement', '', 4],
  ['ingly', '', 3],
  ['edly', '', 3],
  ['ness', '', 4],
  ['ment', '', 4],
  ['ings', '', 3],
  ['able', '', 4],
  ['ible', '', 4],
  ['ance', '', 4],
  ['ence', '', 4],
  ['ally', 'al', 3],
  ['tion', 't', 4],
  ['sion', 's', 4],
  ['ies', 'y', 2],
  ['ied', 'y', 2],
  ['ing', '', 3],
  ['ers', '', 4],
  ['ors', '', 4],
  ['ely', 'e', 3],
  ['ion', '', 4],
  ['ist', '', 4],
  ['ity', '', 4],
  ['ed', '', 3],
  ['er', '', 4],
  ['or', '', 5],
  ['ly', '', 4],
  ['al', '', 5],
  ['es', '', 3],
  ['s', '', 3],
];

const BY_LAST: ReadonlyMap<string, typeof ENDINGS> = /* @__PURE__ */ new Map(
  [...new Set(ENDINGS.map(([ending]) => ending.slice(-1)))].map((last) => [
    last,
    ENDINGS.filter(([ending]) => ending.endsWith(last)),
  ]),
);

function strip(word: string, again = false): string {
  for (const [ending, put, least] of BY_LAST.get(word.slice(-1)) ?? []) {
    if (!word.endsWith(ending)) continue;
    const rest = word.slice(0, -ending.length);
    if (rest.length < least || !VOWEL.test(rest)) continue;
    // An s that another ending leaves is of the word: `released` is of `release`.
    if (ending === 's' && (again || /[siu]$/.test(rest))) continue;
    return rest + put;
  }
  return word;
}

/**
 * Takes a word's endings off, lightly: enough that `competes`, `competed` and `competing` meet.
 * Other scripts and short words stay as they are.
 *
 * @param word In lower case.
 */
export function stem(word: string): string {
  const known = IRREGULAR.get(word);
  if (known !== undefined && known !== word) return stem(known);
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  let base = strip(strip(word), true);
  if (base.length > 3 && base.endsWith('e')) base = base.slice(0, -1);
  if (base.length > 3 && base.endsWith('y')) base = `${base.slice(0, -1)}i`;
  if (base.length > 3 && base.at(-1) === base.at(-2) && !/[lsz]$/.test(base)) {
    base = base.slice(0, -1);
  }
  return base;
}
