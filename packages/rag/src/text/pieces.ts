import type { Work } from './token.js';

/** A run of characters of one class. */
export interface Piece {
  readonly text: string;
  readonly lower: string;
  readonly start: number;
  readonly end: number;
  /** A number, or the sign of a currency, with a minus before it. */
  readonly negative?: true;
}

// Each alternative consumes a run of one class of characters: no position is visited twice but
// by the few characters of look-ahead inside a number.
const PIECE =
  /https?:\/\/[^\s<>"']+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\d)|\d+(?:[.,]\d+)*|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{M}]+|[$€£¥%]/gu;

/** One character of a script that puts no spaces between words. */
export const UNSPACED =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]$/u;

const fold = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .replace(/\p{Mn}/gu, '')
        .toLowerCase();

/** A minus before a number, and no dash: nothing that it could join to stands before it. */
function isNegative(text: string, start: number): boolean {
  if (!/[-\u2212]/.test(text[start - 1] ?? '') || !/[\d$€£¥]/.test(text[start] ?? '')) return false;
  return start < 2 || /[\s(=:<>~]/.test(text[start - 2] ?? '');
}

/** Takes a part of a text apart into runs. */
export function pieces(text: string, from: number, to: number, work: Work): Piece[] {
  const found: Piece[] = [];
  const slice = text.slice(from, to);
  for (const match of slice.matchAll(PIECE)) {
    const start = from + match.index;
    const raw = match[0];
    const piece = { text: raw, lower: fold(raw), start, end: start + raw.length };
    found.push(isNegative(slice, match.index) ? { ...piece, negative: true } : piece);
  }
  work.steps += slice.length + found.length;
  return found;
}
