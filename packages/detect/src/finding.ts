import type { Candidate } from './source.js';
import { type FindingType, isAlwaysBlocking, isSecret } from './types.js';

/** Sensitive data that was found, and its position. It never contains the data itself. */
export interface Finding {
  readonly type: FindingType;
  readonly family: 'pii' | 'secret';
  /** UTF-16 offset of its first unit. */
  readonly start: number;
  /** UTF-16 offset behind its last unit. */
  readonly end: number;
  /** 0..1; for secrets one of 0.75, 0.90 and 0.97. */
  readonly confidence: number;
  /** Reported whatever the threshold, and a reason to block by itself. */
  readonly alwaysBlocking: boolean;
  /** What to put in its place: `[redacted:email]`. */
  readonly masked: string;
}

/** What replaces a finding: its type and nothing of its text, not even the length. */
export function mask(finding: { readonly type: FindingType }): string {
  return `[redacted:${finding.type}]`;
}

/**
 * Replaces findings in the text they were found in.
 *
 * @param findings as {@link detect} gives them: sorted, without overlaps.
 */
export function redact(text: string, findings: readonly Finding[]): string {
  let result = '';
  let from = 0;
  for (const { start, end, masked } of findings) {
    result += text.slice(from, start) + masked;
    from = end;
  }
  return result + text.slice(from);
}

export function toFinding({ type, start, end, confidence }: Candidate<FindingType>): Finding {
  return {
    type,
    family: isSecret(type) ? 'secret' : 'pii',
    start,
    end,
    confidence,
    alwaysBlocking: isAlwaysBlocking(type),
    masked: mask({ type }),
  };
}
