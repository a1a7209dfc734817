import { visible } from '@spanforge/operator';

/** One column: its title, and the width it is cut to. */
export interface Column {
  readonly title: string;
  /** Characters; 60 when absent. What is cut ends in `…`. */
  readonly maxWidth?: number;
  /** `left` when absent. */
  readonly align?: 'left' | 'right';
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

function pad(text: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, width - [...text].length));
  return align === 'right' ? `${space}${text}` : `${text}${space}`;
}

/**
 * Lays out rows under titles, columns as wide as they need. Cells are escaped, so that each row is
 * one line and nothing in it steers the terminal; a missing cell is empty.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const cells = rows.map((row) =>
    columns.map(({ maxWidth }, at) => cut(visible(row[at] ?? ''), maxWidth ?? 60)),
  );
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((row) => [...(row[at] ?? '')].length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(columns.map((column) => column.title)), rule, ...cells.map(line)].join('\n');
}
