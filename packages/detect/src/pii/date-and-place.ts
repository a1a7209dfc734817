import { charactersOf, has } from '../character.js';
import { beginsToken, type Candidate, isNear, peekBack, type SearchedText } from '../source.js';
import type { PiiType } from '../types.js';

const MONTH = '(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zà-ü]{0,7}\\.?';
const DAY = '(?:0?[1-9]|[12]\\d|3[01])';
const YEAR = '(?:18[89]\\d|19\\d\\d|20[0-4]\\d)';
const DATE = new RegExp(
  `^(?:${YEAR}[-/.](?:0?[1-9]|1[0-2])[-/.]${DAY}|${DAY}[-/. ]{1,2}(?:0?[1-9]|1[0-2]|${DAY})[-/. ]{1,2}(?:${YEAR}|\\d\\d)|` +
    `${DAY}(?:st|nd|rd|th|\\.|º)?(?: of| de)? ${MONTH},?(?: de)? ${YEAR}|${MONTH} ${DAY}(?:st|nd|rd|th)?,? ${YEAR})(?!\\w)`,
  'i',
);
const BIRTH =
  /\bborn\b|birth|\bdob\b|d\.o\.b|geboren|geburts|\bgeb\.|naissance|\bnée?\b|nacimiento|nacid[oa]|nascimento|\bnat[oa]\b|nascita|urodz|geboorte/i;

const DATE_FIRST = charactersOf(/[\dadfjmnos]/i);
const PLACE_FIRST = charactersOf(/[\d+-]/);
const DEGREES = '[+-]?\\d{1,3}\\.\\d{3,12}';
const PAIR = new RegExp(`^(${DEGREES}) ?(°? ?[NS])?[,;/ ] ?(${DEGREES}) ?(°? ?[EWO])?(?![\\w.])`);
const SEXAGESIMAL =
  /^\d{1,2}°\s?\d{1,2}['′’]\s?(?:\d{1,2}(?:\.\d{1,6})?(?:"|″|”|'')\s?)?[NS][,; ]\s?\d{1,3}°\s?\d{1,2}['′’]\s?(?:\d{1,2}(?:\.\d{1,6})?(?:"|″|”|'')\s?)?[EWO]/;
const PLACE =
  /\blat\b|latitude|\blon\b|\blng\b|longitude|coordinate|\bgps\b|\bgeo|location|position/i;

/** Finds dates that are said to be of birth, and places given in degrees. */
export function findDatesAndPlaces(source: SearchedText): readonly Candidate<PiiType>[] {
  const found: Candidate<PiiType>[] = [];
  source.steps += source.text.length;
  const speaksOfBirth = BIRTH.test(source.text);
  for (let at = 0; at < source.text.length; at += 1) {
    source.steps += 1;
    const code = source.text.charCodeAt(at);
    const mayBeDate = speaksOfBirth && has(DATE_FIRST, code);
    const mayBePlace = has(PLACE_FIRST, code);
    if (!(mayBeDate || mayBePlace) || !beginsToken(source, at)) continue;
    const date = mayBeDate ? birthAt(source, at) : 0;
    if (date > 0) {
      found.push({ type: 'date_of_birth', start: at, end: at + date, confidence: 0.9 });
      at += date;
      continue;
    }
    const place = mayBePlace ? placeAt(source, at) : undefined;
    if (place !== undefined) {
      found.push(place);
      at = place.end;
    }
  }
  return found;
}

function birthAt(source: SearchedText, at: number): number {
  const length = DATE.exec(source.text.slice(at, at + 36))?.[0].length ?? 0;
  return length > 0 && BIRTH.test(peekBack(source, at, 48)) ? length : 0;
}

function placeAt(source: SearchedText, start: number): Candidate<PiiType> | undefined {
  if (/[\d.]/.test(source.text[start - 1] ?? ' ')) return undefined;
  const piece = source.text.slice(start, start + 48);
  const written = SEXAGESIMAL.exec(piece)?.[0];
  if (written !== undefined) {
    return { type: 'coordinates', start, end: start + written.length, confidence: 0.95 };
  }
  const pair = PAIR.exec(piece);
  if (pair === null || Math.abs(Number(pair[1])) > 90 || Math.abs(Number(pair[3])) > 180) {
    return undefined;
  }
  const end = start + pair[0].length;
  const lettered = pair[2] !== undefined && pair[4] !== undefined;
  const confidence = lettered || isNear(source, start, end, PLACE) ? 0.9 : 0.6;
  return { type: 'coordinates', start, end, confidence };
}
