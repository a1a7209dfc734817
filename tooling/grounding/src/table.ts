/** Writes a Markdown table. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A share with two decimals. */
export const two = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(2));

/** A figure with three decimals. */
export const three = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(3));
