/** Shannon's entropy of a text's characters, in bits per character. */
export function entropyOf(text: string): number {
  const counts = new Map<number, number>();
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const MIN_BITS = 3.5;
const MIN_CHARACTERS = 32;

/** Evidence for a secret beside its own text. */
export interface Evidence {
  readonly hasContext: () => boolean;
  /** A typed prefix, a check that came out right, or the name it is assigned to. */
  readonly certain: boolean;
  /** Whether it is the name that makes it certain. */
  readonly named: boolean;
}

/**
 * 0.75 for the pattern. 0.90 with the documented evidence, at least 3.5 bits over at least 32
 * characters, or with evidence of another kind: a typed prefix, a checksum, the name of the
 * variable. 0.97 with a context word nearby as well; a name is not counted twice.
 */
export function secretConfidence(value: string, { hasContext, certain, named }: Evidence): number {
  const isLong = value.length >= MIN_CHARACTERS && entropyOf(value) >= MIN_BITS;
  if (!isLong && !certain) return 0.75;
  return (isLong || !named) && hasContext() ? 0.97 : 0.9;
}
