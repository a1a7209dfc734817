/** Comments, one a line. */
export function comments(lines: readonly string[], indent: string): readonly string[] {
  return lines.map((line) => `${indent}# ${line}`);
}
