import { ALPHANUMERIC, charactersOf, DIGIT, has, WORD } from '../character.js';
import { beginsToken, type Candidate, isNear, peek, type SearchedText } from '../source.js';
import type { PiiType } from '../types.js';
import { ibanLength } from './iban.js';
import { type NumberRule, numberRules } from './number-rules.js';

const WINDOW = 48;
const MAX_IBAN = 72;
const CONTEXTUAL = 0.95;
const JOINING = charactersOf(/[.,/-]/);
// How the forms of all rules begin; it spares trying each of them on every word.
const BEGINNING = /^(?:\d\d|\d \d\d|[A-Za-z]{1,2}[ -]?\d|[A-Za-z]{6}[\dL-Vl-v]{2}[A-Ta-t])/;

/** Digits, or letters with a digit soon behind; the longest letters begin a codice fiscale. */
function mayBegin(text: string, at: number): boolean {
  if (has(DIGIT, text.charCodeAt(at))) return true;
  if (!has(ALPHANUMERIC, text.charCodeAt(at))) return false;
  for (let ahead = 1; ahead < 4; ahead += 1) {
    if (has(DIGIT, text.charCodeAt(at + ahead))) return true;
  }
  return has(ALPHANUMERIC, text.charCodeAt(at + 15)) && has(ALPHANUMERIC, text.charCodeAt(at + 8));
}

/** Finds cards, accounts and the numbers states give out, wherever a word or number begins. */
export function findNumbers(source: SearchedText): readonly Candidate<PiiType>[] {
  const found: Candidate<PiiType>[] = [];
  let word = -1;
  for (let at = 0; at < source.text.length; at += 1) {
    source.steps += 1;
    const inWord = has(WORD, source.text.charCodeAt(at));
    if (!inWord) {
      word = -1;
      continue;
    }
    if (word === -1) word = at;
    else if (!beginsToken(source, at)) continue;
    if (mayBegin(source.text, at) && !continuesNumber(source.text, at)) {
      found.push(...numbersAt(source, at));
    }
  }
  return found;
}

function* numbersAt(source: SearchedText, start: number): Iterable<Candidate<PiiType>> {
  const iban = ibanAt(source, start);
  if (iban > 0) yield { type: 'iban', start, end: start + iban, confidence: 0.95 };
  const piece = peek(source, start, WINDOW);
  if (!BEGINNING.test(piece)) return;
  for (const rule of numberRules) {
    source.steps += 1;
    const match = rule.pattern.exec(piece)?.[0];
    if (match === undefined || !rule.isValid(compactOf(match))) continue;
    if (/^[.,]\d/.test(source.text.slice(start + match.length, start + match.length + 2))) continue;
    yield withContext(source, rule, start, start + match.length);
  }
}

function ibanAt(source: SearchedText, start: number): number {
  if (!/^[A-Za-z]{2}\d\d/.test(source.text.slice(start, start + 4))) return 0;
  return ibanLength(peek(source, start, MAX_IBAN));
}

function withContext(
  source: SearchedText,
  { type, confidence, context }: NumberRule,
  start: number,
  end: number,
): Candidate<PiiType> {
  const said = isNear(source, start, end, context);
  return { type, start, end, confidence: said ? CONTEXTUAL : confidence };
}

/** Whether what begins here only goes on: a decimal place, a version, a part of a UUID. */
function continuesNumber(text: string, at: number): boolean {
  if (!has(JOINING, text.charCodeAt(at - 1))) return false;
  return /(?:\d[.,/-]|[0-9a-f]{4}-)$/.test(text.slice(Math.max(0, at - 5), at));
}

function compactOf(match: string): string {
  return match.replace(/[^A-Za-z0-9]/g, '').toUpperCase();
}
