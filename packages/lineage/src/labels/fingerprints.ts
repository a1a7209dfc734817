/** Characters of a shingle. */
const SHINGLE = 12;
/** Consecutive shingles of which one is kept. */
const WINDOW = 8;
const BASE = 257;
const MODULUS = 2_147_483_647;

/** Keeps only letters and digits, so that punctuation and layout hide nothing. */
export function condense(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '');
}

/**
 * Fingerprints of a text by winnowing (Schleimer, Wilkerson and Aiken, 2003): the least of every
 * eight consecutive hashes of twelve characters. Two texts that share nineteen characters in a row
 * share a fingerprint. Linear in the text.
 */
export function fingerprintsOf(condensed: string): ReadonlySet<number> {
  const hashes = rollingHashes(condensed);
  const kept = new Set<number>();
  if (hashes.length === 0) return kept;
  const window = Math.min(WINDOW, hashes.length);
  let least = -1;
  for (let end = window - 1; end < hashes.length; end += 1) {
    const start = end - window + 1;
    if (least < start) least = leastBetween(hashes, start, end);
    else if (at(hashes, end) <= at(hashes, least)) least = end;
    kept.add(at(hashes, least));
  }
  return kept;
}

const at = (hashes: Float64Array, index: number): number => hashes[index] ?? 0;

function leastBetween(hashes: Float64Array, start: number, end: number): number {
  let least = start;
  for (let index = start + 1; index <= end; index += 1) {
    if (at(hashes, index) <= at(hashes, least)) least = index;
  }
  return least;
}

/** Polynomial hashes of every shingle; exact in doubles, since every product stays below 2^53. */
function rollingHashes(text: string): Float64Array {
  const count = text.length - SHINGLE + 1;
  if (count <= 0) return new Float64Array(0);
  let top = 1;
  for (let power = 1; power < SHINGLE; power += 1) top = (top * BASE) % MODULUS;
  const hashes = new Float64Array(count);
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (index >= SHINGLE) {
      const leaving = (top * (text.charCodeAt(index - SHINGLE) % 4096)) % MODULUS;
      hash = (hash - leaving + MODULUS) % MODULUS;
    }
    hash = (hash * BASE + (text.charCodeAt(index) % 4096)) % MODULUS;
    if (index >= SHINGLE - 1) hashes[index - SHINGLE + 1] = hash;
  }
  return hashes;
}
