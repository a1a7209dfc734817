import { isLuhn, isMod11x10, isVerhoeff, weightedSum } from '../checksum.js';
import type { PiiType } from '../types.js';
import { isCodiceFiscale, isNir, isSpanishLetter } from './letters.js';

/** A number whose written form, and most often a check digit, gives it away. */
export interface NumberRule {
  readonly type: PiiType;
  /** Anchored, and without an unbounded quantifier. */
  readonly pattern: RegExp;
  /** Whether the letters and digits, upper case and without separators, can be such a number. */
  readonly isValid: (compact: string) => boolean;
  /** How sure the form and the check are by themselves. */
  readonly confidence: number;
  /** Words that make it 0.95 when they stand nearby. */
  readonly context: RegExp;
}

const CARD = /card|visa|master|amex|american express|credit|debit|\bpan\b|payment/i;
const SSN = /\bssn\b|social.?security|\bsocial\b/i;
const STEUER_ID = /steuer|\bidnr\b|\btin\b|identifikationsnummer|tax/i;
const BSN = /\bbsn\b|burgerservice|sofinummer|citizen service/i;
const PESEL = /pesel/i;
const CPF = /\bcpf\b|cadastro/i;
const AADHAAR = /aadhaar|aadhar|uidai|आधार/i;
const PASSPORT = /passport|reisepass|passeport|pasaporte|passaporto|paspoort/i;

/** Length and first digits of what issuers give out (ISO/IEC 7812), with Luhn's check. */
export function isCard(digits: string): boolean {
  const length = digits.length;
  const two = Number(digits.slice(0, 2));
  const four = Number(digits.slice(0, 4));
  const issued =
    (digits[0] === '4' && [13, 16, 19].includes(length)) ||
    (((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) && length === 16) ||
    ((two === 34 || two === 37) && length === 15) ||
    (/^(?:30[0-5]|309|36|38|39)/.test(digits) && length >= 14) ||
    (/^(?:6011|64[4-9]|65|62|60|81|82|220[0-4]|35)/.test(digits) && length >= 16) ||
    ((four === 1800 || four === 2131) && length === 15) ||
    (/^(?:5018|5020|5038|5[678]|6304|6390|67)/.test(digits) && length >= 12);
  return issued && isLuhn(digits) && !/^(\d)\1{11}/.test(digits);
}

function isSsn(digits: string): boolean {
  return !/^(?:000|666|9)|^...00|0000$|^(\d)\1{8}$/.test(digits);
}

function isSteuerId(digits: string): boolean {
  const counts = [...'0123456789'].map((digit) => digits.slice(0, 10).split(digit).length - 1);
  const repeated = counts.filter((count) => count > 1);
  const plausible = repeated.length === 1 && (repeated[0] ?? 9) <= 3;
  return digits[0] !== '0' && plausible && isMod11x10(digits);
}

function isBsn(digits: string): boolean {
  return /[1-9]/.test(digits) && weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

function isPesel(digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 20;
  const day = Number(digits.slice(4, 6));
  const dated = month >= 1 && month <= 12 && day >= 1 && day <= 31;
  return dated && weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

function isCpf(digits: string): boolean {
  const check = (weights: readonly number[]) => ((weightedSum(digits, weights) * 10) % 11) % 10;
  const first = check([10, 9, 8, 7, 6, 5, 4, 3, 2]) === Number(digits[9]);
  const second = check([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) === Number(digits[10]);
  return first && second && !/^(\d)\1{10}$/.test(digits);
}

const isAadhaar = (digits: string) => /^[2-9]/.test(digits) && isVerhoeff(digits);
const always = () => true;

function rule(
  type: PiiType,
  pattern: RegExp,
  isValid: (compact: string) => boolean,
  confidence: number,
  context: RegExp,
): NumberRule {
  return { type, pattern, isValid, confidence, context };
}

/** Of two that begin at the same place, the longer form stands first. */
export const numberRules: readonly NumberRule[] = [
  rule('payment_card', /^\d{4}([ -])\d{4}\1\d{4}\1\d{4}\1\d{3}(?!\d)/, isCard, 0.92, CARD),
  rule('payment_card', /^\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?!\d)/, isCard, 0.92, CARD),
  rule('payment_card', /^\d{4}([ -])\d{6}\1\d{4,5}(?!\d)/, isCard, 0.92, CARD),
  rule('payment_card', /^\d{12,19}(?!\w)/, isCard, 0.9, CARD),
  rule('us_ssn', /^\d{3}-\d{2}-\d{4}(?![\w-])/, isSsn, 0.9, SSN),
  rule('us_ssn', /^\d{3} ?\d{2} ?\d{4}(?!\w)/, isSsn, 0.3, SSN),
  rule('de_steuer_id', /^\d{2} ?\d{3} ?\d{3} ?\d{3}(?!\w)/, isSteuerId, 0.6, STEUER_ID),
  rule(
    'fr_nir',
    /^[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[ABab]) ?\d{3} ?\d{3} ?\d{2}(?!\w)/,
    isNir,
    0.9,
    SSN,
  ),
  rule('es_dni', /^\d{8}[ -]?[A-HJ-NP-TV-Z](?!\w)/, isSpanishLetter, 0.87, /\bdni\b|\bnif\b/i),
  rule('es_nie', /^[XYZ][ -]?\d{7}[ -]?[A-HJ-NP-TV-Z](?!\w)/, isSpanishLetter, 0.9, /\bnie\b/i),
  rule(
    'it_codice_fiscale',
    /^[A-Za-z]{6}[\dL-Vl-v]{2}[A-Ta-t][\dL-Vl-v]{2}[A-Za-z][\dL-Vl-v]{3}[A-Za-z](?!\w)/,
    isCodiceFiscale,
    0.93,
    /codice|fiscale/i,
  ),
  rule('nl_bsn', /^\d{4}([. ]?)\d{2}\1\d{3}(?!\w)/, isBsn, 0.3, BSN),
  rule(
    'uk_nino',
    /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)/,
    always,
    0.88,
    /national insurance|\bnino?\b/i,
  ),
  rule('pl_pesel', /^\d{11}(?!\w)/, isPesel, 0.6, PESEL),
  rule('br_cpf', /^\d{3}\.\d{3}\.\d{3}-\d{2}(?!\w)/, isCpf, 0.93, CPF),
  rule('br_cpf', /^\d{11}(?!\w)/, isCpf, 0.6, CPF),
  rule('in_aadhaar', /^\d{4}([ -])\d{4}\1\d{4}(?![ -]?\w)/, isAadhaar, 0.86, AADHAAR),
  rule('in_aadhaar', /^\d{12}(?!\w)/, isAadhaar, 0.5, AADHAAR),
  rule('passport', /^[A-Z]{0,2}\d{6,9}[A-Z]?(?!\w)/, always, 0.2, PASSPORT),
  rule('passport', /^[A-Z][A-Z0-9]\d[A-Z0-9]{5,6}(?!\w)/, always, 0.2, PASSPORT),
];
