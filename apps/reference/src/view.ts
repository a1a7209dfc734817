import type { GovernedResult } from '@spanforge/govern';
import type { Step } from './script.js';
import { wrap } from './wrap.js';

/** What was tried, and what became of it. */
export interface Line {
  readonly number: number;
  readonly traceId: string;
  readonly step: Step;
  readonly result: GovernedResult<unknown>;
}

/** Widths of the columns; with two blanks between them a line has 120 characters. */
const WIDTHS = [3, 38, 14, 12, 45] as const;
const OUTCOME = 3;

const COLOURS: Readonly<Record<string, number>> = {
  allow: 32,
  'allow+log': 32,
  redact: 36,
  human_review: 33,
  block: 31,
};

/** Whether colours may be used: on a terminal, unless NO_COLOR is set. */
export interface Palette {
  readonly colour: boolean;
}

type Paint = (text: string) => string;

const plain: Paint = (text) => text;

function painter(outcome: string, { colour }: Palette): Paint {
  const code = COLOURS[outcome];
  return colour && code !== undefined ? (text) => `\u001b[${code}m${text}\u001b[0m` : plain;
}

/** Cells side by side, each as many lines high as it needs. */
function layOut(cells: readonly string[], paint: Paint): string {
  const columns = cells.map((cell, at) => wrap(cell, WIDTHS[at] ?? 1));
  const height = Math.max(...columns.map((lines) => lines.length));
  const rows = Array.from({ length: height }, (_, row) =>
    columns.map((lines, at) => {
      const [line, width] = [lines[row] ?? '', WIDTHS[at] ?? 0];
      const text = at === 0 ? line.padStart(width) : line.padEnd(width);
      return at === OUTCOME && row === 0 ? paint(text) : text;
    }),
  );
  return rows.map((row) => row.join('  ').trimEnd()).join('\n');
}

/** Titles of the live table. */
export function heading(): string {
  const titles = layOut(['#', 'the agent', 'tool', 'outcome', 'why'], plain);
  const rule = WIDTHS.map((width) => '─'.repeat(width)).join('──');
  return `${titles}\n${rule}`;
}

/** One call of the live table. */
export function formatLine({ number, step, result }: Line, palette: Palette): string {
  const { outcome, status, reason } = result;
  const silent = status === 'completed' || status === 'blocked';
  const why = silent ? reason : `${status}: ${reason}`;
  const cells = [String(number), step.story, step.tool, outcome, why];
  return layOut(cells, painter(outcome, palette));
}

/** How many calls had which outcome. */
export function formatCounts(lines: readonly Line[]): string {
  const counts = new Map<string, number>();
  for (const { result } of lines) counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1);
  const parts = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  const executed = lines.filter(({ result }) => result.executed).length;
  return `${lines.length} calls: ${parts.join(', ')}; ${executed} were executed`;
}
