import type { Detect, DetectedSpan } from '../model/detect.js';
import { isContainer, setMember } from '../model/snapshot.js';

/** Which types are masked, with what, and the detector that finds them. */
export interface TypeMask {
  readonly types: readonly string[];
  readonly mask: string;
  readonly detect: Detect;
}

function isSpan(span: unknown, length: number): boolean {
  const { start, end } = (span ?? {}) as DetectedSpan;
  return (
    Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start < end && end <= length
  );
}

function spansIn(text: string, { detect, types }: TypeMask): readonly DetectedSpan[] {
  const spans = detect(text, types);
  if (!Array.isArray(spans) || !spans.every((span) => isSpan(span, text.length))) {
    throw new TypeError('the detector did not answer with spans of the text');
  }
  return [...spans].sort((a, b) => a.start - b.start);
}

/** One mask for spans that touch or overlap. Its length says nothing about what it hides. */
function maskText(text: string, how: TypeMask): string {
  const spans = spansIn(text, how);
  let masked = '';
  let at = 0;
  let open = false;
  for (const { start, end } of spans) {
    if (!open || start > at) masked += text.slice(at, start) + how.mask;
    open = true;
    at = Math.max(at, end);
  }
  return masked + text.slice(at);
}

function maskScalar(value: unknown, how: TypeMask): unknown {
  if (typeof value === 'string') return maskText(value, how);
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (isNumber) return spansIn(String(value), how).length === 0 ? value : how.mask;
  return typeof value === 'boolean' || value === null || value === undefined ? value : how.mask;
}

/** Adds a number to a key that is taken, so that masking keys never overwrites a member. */
function freeKey(key: string, taken: Record<string, unknown>): string {
  if (!Object.hasOwn(taken, key)) return key;
  let number = 2;
  while (Object.hasOwn(taken, `${key} ${number}`)) number += 1;
  return `${key} ${number}`;
}

function maskMembers(value: Readonly<Record<string, unknown>>, how: TypeMask): unknown {
  const masked: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    setMember(masked, freeKey(maskText(key, how), masked), maskTypes(member, how));
  }
  return masked;
}

/**
 * Masks what the detector finds in all text, numbers and keys of a value, in a copy. Anything but
 * plain data is masked whole.
 *
 * @throws what the detector throws, and `TypeError` when it does not answer with spans of the text.
 */
export function maskTypes(value: unknown, how: TypeMask): unknown {
  if (typeof value !== 'object' || value === null) return maskScalar(value, how);
  if (!isContainer(value)) return how.mask;
  if (Array.isArray(value)) return value.map((item) => maskTypes(item, how));
  return maskMembers(value as Readonly<Record<string, unknown>>, how);
}
