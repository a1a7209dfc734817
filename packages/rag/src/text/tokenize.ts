import { parseNumericDate } from './calendar.js';
import { type Piece, pieces, UNSPACED } from './pieces.js';
import { ordinalValue } from './quantity.js';
import {
  dateToken,
  isDigit,
  numberToken,
  type Read,
  readDate,
  readNumber,
} from './read-figures.js';
import { roleOf } from './roles.js';
import { stem } from './stem.js';
import type { Token, Work } from './token.js';
import { CONTRACTED } from './words.js';

function readWord(text: string, piece: Piece, before: Piece | undefined): Read {
  const { start, end, lower } = piece;
  const apostrophe = start > 0 && /['’]/.test(text[start - 1] ?? '');
  const contracted = apostrophe && lower === 't' && before?.start !== undefined;
  const word = contracted ? 'nt' : lower;
  let role = roleOf(word);
  if (CONTRACTED.has(lower) && /['’]/.test(text[end] ?? '')) role = 'function';
  if (role === 'content' && lower.length === 1 && !UNSPACED.test(lower)) role = 'light';
  const first = text[start] ?? '';
  const proper = first !== lower[0] && first === first.toUpperCase() && lower.length > 1;
  const position = ordinalValue(lower);
  if (position !== undefined) {
    return numberToken({ value: position, unit: 'ordinal' }, piece, end, 1);
  }
  return { token: { kind: 'word', key: stem(word), word, role, start, end, proper }, taken: 1 };
}

/** Whether a sentence begins at a position: nothing but its own signs stands before it. */
function opens(text: string, from: number, start: number): boolean {
  for (let at = start - 1; at >= from && at > start - 4; at -= 1) {
    const char = text[at] ?? '';
    if (/[.!?:\n•*]/.test(char)) return true;
    if (!/[\s"'“‘(]/.test(char)) return false;
  }
  return start - from < 4;
}

/** Takes one part of a text apart. Linear in its length. */
export function tokenize(
  text: string,
  work: Work,
  { from = 0, to = text.length }: { readonly from?: number; readonly to?: number } = {},
): readonly Token[] {
  const all = pieces(text, from, to, work);
  const tokens: Token[] = [];
  let at = 0;
  while (at < all.length) {
    const piece = all[at] as Piece;
    const digits = isDigit(piece.text);
    const numeric = digits ? parseNumericDate(piece.text) : undefined;
    const read = numeric
      ? dateToken(numeric, piece, piece, 1)
      : (readDate(all, at) ?? readNumber(all, at) ?? readWord(text, piece, all[at - 1]));
    const { token } = read;
    tokens.push(
      token.proper && opens(text, from, token.start) ? { ...token, proper: false } : token,
    );
    at += read.taken;
    work.steps += read.taken;
  }
  return tokens;
}
