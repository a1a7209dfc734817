import { entropyOf, secretConfidence } from '../entropy.js';
import { type Candidate, isNear, type Source } from '../source.js';
import type { SecretType } from '../types.js';

const CONTEXT =
  /key|token|secret|passw|pwd|credential|auth|bearer|api|private|account|connection|login/i;
const PLACEHOLDER = /([xX*.#0])\1{6}|your[_-]|placeholder|redacted|<|\$\{|\{\{/i;

/** Whether a value only shows where a secret would stand: `ghp_xxxxxxxx`. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || entropyOf(value) < 2.5;
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
