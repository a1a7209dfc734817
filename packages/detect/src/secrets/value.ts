import { entropyOf, secretConfidence } from '../entropy.js';
import { type Candidate, isNear, type SearchedText } from '../source.js';
import type { SecretType } from '../types.js';
import { isDocumentationKey } from './documentation-keys.js';

const CONTEXT =
  /key|token|secret|passw|pwd|credential|auth|bearer|api|private|account|connection|login/i;
const SEQUENCE = 10;
const CUT_SHORT = /^[#*]{4}/;
const PLACEHOLDER =
  /([xX*.#0])\1{6}|your[_-]|placeholder|redacted|example|dummy|change[_-]?me|replace[_-]?(?:me|with)|insert[_-]|\.{3}$|…|<|\$\{|\{\{/i;
const WORD_FOR_PASSWORD =
  /^(?:my|your|the|some|new|old|test|user|db|app|admin|root)?[_-]?(?:pass|passwd|p[a@]ssw[o0]rd|passphrase|pw|pwd|secret|token|key|api_?key|test|testing|tester|admin|administrator|root|user|username|guest|demo|sample|changeit|default|redacted|none|null|undefined|true|false|foo|bar|foobar|hello|qwerty|letmein|welcome|login|postgres|mysql|mongo|redis|rabbitmq|elastic|minio|x{2,8}|y{2,8}|\d{1,8}|abc\d{0,4}|\*{1,32}|\.{2,8})[!\d]{0,4}$/i;

/** Whether a value only shows where a secret would stand: `ghp_xxxxxxxx`, or one from a manual. */
export function isPlaceholder(value: string): boolean {
  return (
    PLACEHOLDER.test(value) ||
    isSequence(value) ||
    entropyOf(value) < 2.5 ||
    isDocumentationKey(value)
  );
}

/** Whether a password is one of those that stand in every manual: `password`, `admin123`. */
export function isWordForPassword(password: string): boolean {
  return password.length <= 48 && WORD_FOR_PASSWORD.test(password);
}

/** `abcdefghij…` is written by people: by chance ten in a row do not count up. */
function isSequence(value: string): boolean {
  let length = 1;
  for (let at = 1; at < value.length; at += 1) {
    length = value.charCodeAt(at) === value.charCodeAt(at - 1) + 1 ? length + 1 : 1;
    if (length === SEQUENCE) return true;
  }
  return false;
}

/** Whether what follows says that the rest was left out: `xoxp-12-34-####`. */
export function isCutShort({ text }: SearchedText, end: number): boolean {
  return CUT_SHORT.test(text.slice(end, end + 4));
}

const LONG_BODY = 24;
const LONG_BODY_BITS = 3.2;
const SHORT_BODY_BITS = 2.6;

/** Whether what follows a prefix varies as much as what a machine draws: no evidence otherwise. */
export function isVariedBody(body: string): boolean {
  return entropyOf(body) >= (body.length < LONG_BODY ? SHORT_BODY_BITS : LONG_BODY_BITS);
}

/** Where a secret stands, and what speaks for it beside its length. */
export interface SecretPlace {
  readonly start: number;
  readonly end: number;
  /** A typed prefix, a check that came out right, or the name it is assigned to. */
  readonly certain?: boolean;
  /** Set where the name alone makes it certain: the same word is no further evidence then. */
  readonly named?: boolean;
}

/** A secret with the confidence that its evidence gives it. */
export function candidateOf(
  source: SearchedText,
  type: SecretType,
  { start, end, certain = false, named = false }: SecretPlace,
): Candidate<SecretType> {
  const value = source.text.slice(start, end);
  source.steps += value.length;
  const hasContext = () => isNear(source, start, end, CONTEXT);
  return { type, start, end, confidence: secretConfidence(value, { hasContext, certain, named }) };
}
