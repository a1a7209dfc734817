/** Spaces, dashes, digits and ASCII letters as other parts of Unicode write them, one code unit each. */
const FOREIGN =
  /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff01-\uff5e]/;
const EACH = new RegExp(FOREIGN, 'g');
/** Only between digits: elsewhere a dash of typography separates words, and a hyphen joins them. */
const DASH = /[\u2010-\u2015\u2212]/;
const BETWEEN_DIGITS = /(?<=\d)[\u2010-\u2015\u2212](?=\d)/g;

const FIRST_DIGITS = [0x0660, 0x06f0, 0x0966];
const FULL_WIDTH = 0xff01;
const FULL_WIDTH_SHIFT = 0xfee0;

function plain(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= FULL_WIDTH) return String.fromCharCode(code - FULL_WIDTH_SHIFT);
  const zero = FIRST_DIGITS.find((first) => code >= first && code < first + 10);
  return zero === undefined ? ' ' : String(code - zero);
}

/**
 * The text as it is searched: of the same length, so that what is found stands at the same place. Text
 * from web pages, tables and forms has no-break spaces and hyphens, or digits of full width, where a keyboard
 * gives the plain ones.
 */
export function foldText(text: string): string {
  const folded = FOREIGN.test(text) ? text.replace(EACH, plain) : text;
  return DASH.test(folded) ? folded.replace(BETWEEN_DIGITS, '-') : folded;
}
