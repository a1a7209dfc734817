const SMALLEST = 64;

/**
 * The length class of a text: the next of 64, 128, 256, … units, and above 4,096 the next multiple
 * of 4,096. The encrypted text reveals only this class.
 */
export function paddedLength(length: number): number {
  if (length > 4096) return Math.ceil(length / 4096) * 4096;
  let size = SMALLEST;
  while (size < length) size *= 2;
  return size;
}

/** Fills ASCII up to its length class: the text, a line feed, spaces. */
export function pad(text: string): string {
  return `${text}\n`.padEnd(paddedLength(text.length + 1), ' ');
}

/** The text without padding; `undefined` if it was not padded this way. */
export function unpad(padded: string): string | undefined {
  const end = padded.indexOf('\n');
  return end < 0 ? undefined : padded.slice(0, end);
}
