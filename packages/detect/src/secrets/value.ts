import { entropyOf, secretConfidence } from '../entropy.js';
import { type Candidate, isNear, type Source } from '../source.js';
import type { SecretType } from '../types.js';

const CONTEXT =
  /key|token|secret|passw|pwd|credential|auth|bearer|api|private|account|connection|login/i;
const SEQUENCE = 10;
const CUT_SHORT = /^[#*]{4}/;
const PLACEHOLDER = /([xX*.#0])\1{6}|your[_-]|placeholder|redacted|<|\$\{|\{\{/i;

/** Whether a value only shows where a secret would stand: `ghp_xxxxxxxx`. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || isSequence(value) || entropyOf(value) < 2.5;
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
export function isCutShort({ text }: Source, end: number): boolean {
  return CUT_SHORT.test(text.slice(end, end + 4));
}

/** A secret with the confidence that the documented rule gives it. */
export function secretAt(
  source: Source,
  type: SecretType,
  start: number,
  end: number,
): Candidate<SecretType> {
  const value = source.text.slice(start, end);
  source.steps += value.length;
  const hasContext = () => isNear(source, start, end, CONTEXT);
  return { type, start, end, confidence: secretConfidence(value, hasContext) };
}
