import { isYear, monthOf, type PartialDate } from './calendar.js';
import type { Piece } from './pieces.js';
import { parseDigits, type Quantity, scaleOf, unitOf, wordValue } from './quantity.js';
import type { Token } from './token.js';

/** A token, and the pieces it was read from. */
export interface Read {
  readonly token: Token;
  /** How many pieces it took. */
  readonly taken: number;
}

/** A token for a date. */
export function dateToken(date: PartialDate, first: Piece, last: Piece, taken: number): Read {
  const key = `d:${date.year ?? ''}-${date.month ?? ''}-${date.day ?? ''}`;
  const { start } = first;
  return {
    token: { kind: 'date', key, role: 'content', start, end: last.end, proper: false, date },
    taken,
  };
}

const dayOf = (piece: Piece | undefined): number | undefined => {
  const day = piece && /^\d{1,2}$/.test(piece.text) ? Number(piece.text) : 0;
  return day >= 1 && day <= 31 ? day : undefined;
};

const isSuffix = (piece: Piece | undefined, before: Piece): boolean =>
  piece !== undefined && piece.start === before.end && /^(?:st|nd|rd|th)$/.test(piece.lower);

/** `January 8, 1935`, `8 January 1935`, `January 1935`, `8th of January`. */
export function readDate(all: readonly Piece[], at: number): Read | undefined {
  const first = all[at];
  if (!first) return undefined;
  const month = first.text.length > 2 ? monthOf(first.lower) : undefined;
  const bare = month !== undefined && (first.lower !== 'may' || first.text === 'May');
  if (bare) {
    const day = dayOf(all[at + 1]);
    let next = at + (day === undefined ? 1 : 2);
    if (day !== undefined && isSuffix(all[next], all[next - 1] as Piece)) next += 1;
    const yearPiece = all[next];
    const year = yearPiece && isYear(yearPiece.text) ? Number(yearPiece.text) : undefined;
    if (day === undefined && year === undefined && first.lower.length <= 3) return undefined;
    const last = (year === undefined ? all[next - 1] : yearPiece) as Piece;
    const date = {
      month,
      ...(day === undefined ? {} : { day }),
      ...(year === undefined ? {} : { year }),
    };
    return dateToken(date, first, last, next - at + (year === undefined ? 0 : 1));
  }
  const day = isDigit(first.text) ? dayOf(first) : undefined;
  if (day === undefined) return undefined;
  let next = at + 1;
  if (isSuffix(all[next], first)) next += 1;
  if (all[next]?.lower === 'of') next += 1;
  const monthPiece = all[next];
  const named = monthPiece && monthPiece.text.length > 2 ? monthOf(monthPiece.lower) : undefined;
  if (named === undefined || monthPiece === undefined) return undefined;
  const yearPiece = all[next + 1];
  const year = yearPiece && isYear(yearPiece.text) ? Number(yearPiece.text) : undefined;
  const date = { day, month: named, ...(year === undefined ? {} : { year }) };
  const last = year === undefined ? monthPiece : (yearPiece as Piece);
  return dateToken(date, first, last, next - at + (year === undefined ? 1 : 2));
}

/** Whether a text begins with a digit. */
export const isDigit = (text: string): boolean => text >= '0' && text < ':';

function baseNumber(
  all: readonly Piece[],
  at: number,
): { value: number; next: number } | undefined {
  const piece = all[at] as Piece;
  if (isDigit(piece.text)) return { value: parseDigits(piece.text), next: at + 1 };
  const value = wordValue(piece.lower);
  if (value === undefined) return undefined;
  const ones = value >= 20 ? wordValue(all[at + 1]?.lower ?? '') : undefined;
  return ones !== undefined && ones > 0 && ones < 10
    ? { value: value + ones, next: at + 2 }
    : { value, next: at + 1 };
}

/** A number with its scale and unit: `$1.5 million`, `twenty-one percent`, `12th`. */
export function readNumber(all: readonly Piece[], at: number): Read | undefined {
  const first = all[at] as Piece;
  const sign = /^[$€£¥]$/.test(first.text) ? unitOf(first.text) : undefined;
  const from = sign ? at + 1 : at;
  if (all[from] === undefined) return undefined;
  const base = baseNumber(all, from);
  if (!base || !Number.isFinite(base.value)) return undefined;
  let { value, next } = base;
  const adjacent = isSuffix(all[next], all[next - 1] as Piece);
  if (adjacent) {
    const end = (all[next] as Piece).end;
    return numberToken({ value, unit: 'ordinal' }, first, end, next + 1 - at);
  }
  for (let scale = scaleOf(all[next]?.lower ?? ''); scale !== undefined; ) {
    value *= scale;
    next += 1;
    scale = scaleOf(all[next]?.lower ?? '');
  }
  const named = sign ?? unitOf(all[next]?.lower ?? '');
  if (named && !sign) next += 1;
  const quantity = named ? { unit: named.unit, value: value * named.value } : { unit: '', value };
  const word = next === at + 1 && wordValue(first.lower) !== undefined;
  // `one` alone is a pronoun as often as a number.
  if (word && first.lower === 'one') return undefined;
  if (quantity.unit === '' && next === at + 1 && isYear(first.text)) {
    return dateToken({ year: value }, first, first, 1);
  }
  return numberToken(quantity, first, (all[next - 1] as Piece).end, next - at);
}

/** A token for a number. */
export function numberToken(quantity: Quantity, first: Piece, end: number, taken: number): Read {
  const key = `n:${quantity.value}`;
  const { start } = first;
  return {
    token: { kind: 'number', key, role: 'content', start, end, proper: false, quantity },
    taken,
  };
}
