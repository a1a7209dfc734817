const words = (text: string): readonly string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function grams(text: string, size: number): readonly string[] {
  const all = words(text);
  return all
    .slice(0, Math.max(0, all.length - size + 1))
    .map((_, at) => all.slice(at, at + size).join(' '));
}

/** Share of the answer's word sequences of a size that stand in the source too. */
export function overlap(answer: string, source: string, size: number): number {
  const known = new Set(grams(source, size));
  const own = grams(answer, size);
  return own.length === 0 ? 0 : own.filter((gram) => known.has(gram)).length / own.length;
}

/** Shorter scores higher: on the public sets, ungrounded answers are the longer ones. */
export const brevity = (answer: string): number => -words(answer).length;
