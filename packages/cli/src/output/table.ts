import { visible } from '@spanforge/operator';

/** One column: its title, and its largest width. */
export interface Column {
  readonly title: string;
  /** Characters; default 60. Longer text is cut and ends in `…`. */
  readonly maxWidth?: number;
  /** Default `left`. */
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
 * Formats rows under titles; columns are as wide as needed. Cells are escaped, so that each row is
 * one line and contains no control characters; a missing cell is empty.
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
