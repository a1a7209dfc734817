/** Shannon's entropy of a text's characters, in bits per character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const length = [...counts.values()].reduce((sum, count) => sum + count, 0);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / length) * Math.log2(count / length);
  return bits;
}

const MIN_BITS = 3.5;
const MIN_CHARACTERS = 32;

/**
 * The documented rule: 0.75 for the pattern, 0.90 with at least 3.5 bits over at least 32
 * characters, 0.97 with a context word nearby as well.
 */
export function secretConfidence(value: string, hasContext: () => boolean): number {
  if (value.length < MIN_CHARACTERS || entropyOf(value) < MIN_BITS) return 0.75;
  return hasContext() ? 0.97 : 0.9;
}
