import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { charactersOf, DIGIT, has } from '../character.js';
import { type Candidate, isNear, peek, run, type SearchedText } from '../source.js';
import type { PiiType } from '../types.js';

const FIRST = charactersOf(/[\d(+]/);
const NUMBER = charactersOf(/[\d ().+/-]/);
const CONTEXT =
  /phone|\btel\b|tel[.:]|mobile|mobil\b|\bcell|\bcall\b|\bfax\b|whats.?app|\bsms\b|telefon|téléphone|teléfono|reach me|dial|contact|\bmessag|\btext (?:me|us)\b/i;
const NORTH_AMERICAN =
  /^(?:(?:\+?1|001)[ .-])?(?:\([2-9]\d\d\)[ -]?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}$/;
const EXTENSION = /^(?: ?,? ?(?:x|ext\.?|extension|Durchwahl|poste) ?| ?# ?)(\d{1,6})(?!\w)/i;
// As the trunk prefix 0 is written before an area code: `(0635) 35-1234`, `020 7946 0958`.
const NATIONAL = /^(?:\(0\d{1,5}\)[ -]?|0\d{1,5}[ /-])\d{1,8}(?:[ -]\d{2,8}){0,4}$/;
const TRUNK_COUNTRIES = [
  'GB',
  'DE',
  'FR',
  'IT',
  'AU',
  'NL',
  'BE',
  'CH',
  'AT',
  'SE',
  'NZ',
  'JP',
] as const;
const MIN_DIGITS = 7;
const MAX_DIGITS = 15;
const MAX_GROUPS = 7;

/** Finds telephone numbers: what the library accepts, and what a word nearby says to be one. */
export function findPhones(
  source: SearchedText,
  region: CountryCode | undefined,
): readonly Candidate<PiiType>[] {
  const found: Candidate<PiiType>[] = [];
  for (let at = 0; at < source.text.length; ) {
    if (!has(FIRST, source.text.charCodeAt(at)) || isInWord(source.text, at)) {
      source.steps += 1;
      at += 1;
      continue;
    }
    const stop = run(source, at, NUMBER);
    const phone = phoneAt(source, at, stop, region);
    if (phone !== undefined) found.push(phone);
    at = stop;
  }
  return found;
}

function isInWord(text: string, at: number): boolean {
  return /[\w.,:=/-]/.test(text[at - 1] ?? ' ') && !/[:=]/.test(text[at - 1] ?? ' ');
}

function phoneAt(
  source: SearchedText,
  start: number,
  stop: number,
  region: CountryCode | undefined,
): Candidate<PiiType> | undefined {
  if (stop - start > 40) return undefined;
  const written = source.text.slice(start, stop).replace(/[^\d)]{1,40}$/, '');
  const end = start + written.length;
  const digits = written.replace(/\D/g, '').length;
  const groups = written.split(/\D{1,40}/).filter((group) => group !== '').length;
  if (digits < MIN_DIGITS || digits > MAX_DIGITS || groups > MAX_GROUPS) return undefined;
  const follows = source.text[end] ?? ' ';
  if (has(DIGIT, source.text.charCodeAt(end))) return undefined;
  if (/[A-Za-z_]/.test(follows) && !EXTENSION.test(peek(source, end, 24))) return undefined;
  const confidence = confidenceOf(written, groups, region, () =>
    isNear(source, start, end, CONTEXT),
  );
  if (confidence === undefined) return undefined;
  const extension = EXTENSION.exec(peek(source, end, 24))?.[0].length ?? 0;
  return { type: 'phone', start, end: end + extension, confidence };
}

function confidenceOf(
  written: string,
  groups: number,
  region: CountryCode | undefined,
  hasContext: () => boolean,
): number | undefined {
  if (isDate(written)) return undefined;
  if (written.startsWith('+')) return isValid(written, undefined) ? 0.95 : 0.6;
  if (NORTH_AMERICAN.test(written) && isValid(written, 'US')) return 0.9;
  const national = region !== undefined && isValid(written, region);
  if (national && (groups > 1 || written.startsWith('0'))) return 0.88;
  if (groups > 2 && NATIONAL.test(written) && isSomewhere(written)) return 0.87;
  if (!hasContext()) return national ? 0.7 : undefined;
  const likely = national || groups > 1 || written.startsWith('0') || isValid(written, 'US');
  return likely ? 0.88 : 0.7;
}

function isValid(written: string, region: CountryCode | undefined): boolean {
  return (
    parsePhoneNumberFromString(written, {
      ...(region && { defaultCountry: region }),
      extract: false,
    })?.isValid() === true
  );
}

/** Whether a number with its trunk prefix is one in a country that writes it so. */
function isSomewhere(written: string): boolean {
  return TRUNK_COUNTRIES.some((country) => isValid(written, country));
}

/** Dates, ranges of years and addresses of networks are written much like numbers to call. */
function isDate(written: string): boolean {
  return /^(?:\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{4}|(?:19|20)\d\d ?[/-] ?(?:19|20)\d\d|\d{1,3}(?:\.\d{1,3}){3})(?![.\d])/.test(
    written,
  );
}
