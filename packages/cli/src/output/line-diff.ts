const MAX_CELLS = 4_000_000;

/** Lengths of the longest common subsequences of all pairs of suffixes. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const same = before[i] === after[j];
      const [next, down, right] = [
        lengths[(i + 1) * width + j + 1] ?? 0,
        lengths[(i + 1) * width + j] ?? 0,
        lengths[i * width + j + 1] ?? 0,
      ];
      lengths[i * width + j] = same ? next + 1 : Math.max(down, right);
    }
  }
  return lengths;
}

/**
 * The difference between two texts, line by line: `- ` for removed lines, `+ ` for added ones, two
 * spaces for unchanged ones. Texts with very many lines are shown whole, the old one first.
 */
export function diffLines(before: string, after: string): readonly string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  if ((old.length + 1) * (now.length + 1) > MAX_CELLS) {
    return [...old.map((line) => `- ${line}`), ...now.map((line) => `+ ${line}`)];
  }
  const lengths = commonLengths(old, now);
  const width = now.length + 1;
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push(`  ${old[i]}`);
      i += 1;
      j += 1;
      continue;
    }
    const [down, right] = [lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0];
    if (i < old.length && (j === now.length || down >= right)) lines.push(`- ${old[i++]}`);
    else lines.push(`+ ${now[j++]}`);
  }
  return lines;
}
