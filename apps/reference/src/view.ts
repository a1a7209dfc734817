import type { GovernedResult } from '@spanforge/govern';
import { visible } from '@spanforge/operator';
import type { Step } from './script.js';

/** What was tried, and what became of it. */
export interface Line {
  readonly number: number;
  readonly traceId: string;
  readonly step: Step;
  readonly result: GovernedResult<unknown>;
}

const WIDTHS = { number: 2, story: 46, tool: 14, outcome: 12 } as const;

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

function paint(text: string, outcome: string, { colour }: Palette): string {
  const code = COLOURS[outcome];
  return colour && code !== undefined ? `\u001b[${code}m${text}\u001b[0m` : text;
}

function fit(text: string, width: number): string {
  const safe = [...visible(text)];
  return (safe.length > width ? [...safe.slice(0, width - 1), '…'] : safe).join('').padEnd(width);
}

/** Titles of the live table. */
export function heading(): string {
  const titles = ` ${'#'.padStart(WIDTHS.number)}  ${fit('the agent', WIDTHS.story)}  ${fit('tool', WIDTHS.tool)}  ${fit('outcome', WIDTHS.outcome)}  why`;
  return `${titles}\n ${'─'.repeat(titles.length + 40)}`;
}

/** One call of the live table. */
export function formatLine({ number, step, result }: Line, palette: Palette): string {
  const outcome = paint(fit(result.outcome, WIDTHS.outcome), result.outcome, palette);
  const why = result.status === 'completed' ? result.reason : `${result.status}: ${result.reason}`;
  return ` ${String(number).padStart(WIDTHS.number)}  ${fit(step.story, WIDTHS.story)}  ${fit(step.tool, WIDTHS.tool)}  ${outcome}  ${visible(why)}`;
}

/** How many calls had which outcome. */
export function formatCounts(lines: readonly Line[]): string {
  const counts = new Map<string, number>();
  for (const { result } of lines) counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1);
  const parts = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  const executed = lines.filter(({ result }) => result.executed).length;
  return `${lines.length} calls: ${parts.join(', ')}; ${executed} were executed`;
}
