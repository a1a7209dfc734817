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

/** A number and its scales: `1.5 million`, `two dozen`. */
function scaled(
  all: readonly Piece[],
  at: number,
): { value: number; next: number; scale: number } | undefined {
  const base = baseNumber(all, at);
  if (!base) return undefined;
  let { value, next } = base;
  let last = 0;
  for (let scale = scaleOf(all[next]?.lower ?? ''); scale !== undefined; ) {
    value *= scale;
    last = scale;
    next += 1;
    scale = scaleOf(all[next]?.lower ?? '');
  }
  return { value, next, scale: last };
}

/** The most parts of one number in words: `two million three hundred thousand and five`. */
const MAX_PARTS = 6;

/** What follows a scale word and is smaller than it belongs to the number: `two hundred and fifty`. */
function withRest(
  all: readonly Piece[],
  first: { readonly value: number; readonly next: number; readonly scale: number },
): { value: number; next: number } {
  let { value, next, scale } = first;
  for (let parts = 1; parts < MAX_PARTS && scale >= 100; parts += 1) {
    const from = all[next]?.lower === 'and' ? next + 1 : next;
    if (wordValue(all[from]?.lower ?? '') === undefined) break;
    const rest = scaled(all, from);
    if (!rest || rest.value >= scale) break;
    value += rest.value;
    ({ next, scale } = rest);
  }
  return { value, next };
}

/** `a dozen`, `a hundred`, and the shares and counts that are one word: `half of`, `twice`. */
function readPhrase(all: readonly Piece[], at: number): Read | undefined {
  const [first, second] = [all[at] as Piece, all[at + 1]];
  if (first.lower === 'twice') return numberToken({ value: 2, unit: 'times' }, first, first.end, 1);
  if (first.lower === 'half' && second?.lower === 'of') {
    return numberToken({ value: 50, unit: 'percent' }, first, first.end, 1);
  }
  const article = first.lower === 'a' || first.lower === 'an';
  const scale = article ? scaleOf(second?.lower ?? '') : undefined;
  if (scale === undefined) return undefined;
  const { value, next } = withRest(all, { value: scale, next: at + 2, scale });
  return withUnit(all, at, { value, next });
}

/** A token for a number that ends before `next`, with the unit that stands there. */
function withUnit(
  all: readonly Piece[],
  at: number,
  { value, next }: { readonly value: number; readonly next: number },
): Read {
  const unit = unitOf(all[next]?.lower ?? '');
  const last = unit ? next : next - 1;
  const quantity = unit ? { unit: unit.unit, value: value * unit.value } : { unit: '', value };
  return numberToken(quantity, all[at] as Piece, (all[last] as Piece).end, last + 1 - at);
}

/** Whether `minus` takes one number from another: `ten minus two`. */
function isAfterNumber(all: readonly Piece[], at: number): boolean {
  const before = all[at - 1];
  if (before === undefined) return false;
  return isDigit(before.text) || wordValue(before.lower) !== undefined || !!unitOf(before.lower);
}

/** A number with its scale and unit: `$1.5 million`, `twenty-one percent`, `12th`, `a dozen`. */
export function readNumber(all: readonly Piece[], at: number): Read | undefined {
  const first = all[at] as Piece;
  const sign = /^[$€£¥]$/.test(first.text) ? unitOf(first.text) : undefined;
  const from = sign ? at + 1 : at;
  if (all[from] === undefined) return undefined;
  const phrase = sign ? undefined : readPhrase(all, at);
  if (phrase) return phrase;
  const base = baseNumber(all, from);
  if (!base || !Number.isFinite(base.value)) return undefined;
  let { value, next } = base;
  const adjacent = isSuffix(all[next], all[next - 1] as Piece);
  if (adjacent) {
    const end = (all[next] as Piece).end;
    return numberToken({ value, unit: 'ordinal' }, first, end, next + 1 - at);
  }
  const whole = scaled(all, from);
  if (whole) ({ value, next } = isDigit((all[from] as Piece).text) ? whole : withRest(all, whole));
  const named = sign ?? unitOf(all[next]?.lower ?? '');
  if (named && !sign) next += 1;
  const before = all[at - 1];
  const negative = first.negative || (before?.lower === 'minus' && !isAfterNumber(all, at - 1));
  if (negative) value = -value;
  const quantity = named ? { unit: named.unit, value: value * named.value } : { unit: '', value };
  const word = next === at + 1 && wordValue(first.lower) !== undefined;
  // `one` alone is a pronoun as often as a number.
  if (word && first.lower === 'one') return undefined;
  if (!negative && quantity.unit === '' && next === at + 1 && isYear(first.text)) {
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
