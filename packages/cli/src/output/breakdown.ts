import { OUTCOMES } from '@spanforge/core-events';
import type { Breakdown, ChangeCounts, OutcomeCounts } from '@spanforge/policy-rollout';
import { type Column, formatTable } from './table.js';

const columnsOf = (title: string, names: readonly string[]): readonly Column[] => [
  { title },
  ...names.map((name) => ({ title: name, align: 'right' as const })),
];

function rowsOf<Counts>(
  { byName, others }: Breakdown<Counts>,
  numbers: (counts: Counts) => readonly number[],
): readonly (readonly string[])[] {
  const row = (name: string, counts: Counts) => [name, ...numbers(counts).map(String)];
  const named = Object.entries(byName).map(([name, counts]) => row(name || '-', counts));
  return others === undefined ? named : [...named, row('(others)', others)];
}

/** Changes by name, as a table for people. */
export function changeTable(title: string, breakdown: Breakdown<ChangeCounts>): string {
  const columns = columnsOf(title, ['looser', 'stricter', 'same', 'not replayable']);
  return formatTable(
    columns,
    rowsOf(breakdown, (counts) => [
      counts.looser,
      counts.stricter,
      counts.same,
      counts.not_replayable,
    ]),
  );
}

/** Outcomes by name, as a table for people. */
export function outcomeTable(title: string, breakdown: Breakdown<OutcomeCounts>): string {
  return formatTable(
    columnsOf(title, OUTCOMES),
    rowsOf(breakdown, (counts) => OUTCOMES.map((outcome) => counts[outcome] ?? 0)),
  );
}

/** Why decisions could not be replayed; empty if all could. */
export function reasonTable(reasons: Readonly<Record<string, number>>): readonly string[] {
  const rows = Object.entries(reasons).map(([reason, count]) => [reason, String(count)]);
  if (rows.length === 0) return [];
  return ['', formatTable(columnsOf('not replayable because', ['decisions']), rows)];
}

/** Breakdowns as JSON: counts by name, and under `others` those of all further names. */
export function breakdownJson(
  breakdowns: Readonly<Record<`by_${string}`, Breakdown<unknown>>>,
): Readonly<Record<string, unknown>> {
  const all = Object.entries(breakdowns);
  const others = all.filter(([, { others: more }]) => more !== undefined);
  return {
    ...Object.fromEntries(all.map(([key, { byName }]) => [key, byName])),
    ...(others.length === 0
      ? {}
      : { others: Object.fromEntries(others.map(([key, { others: more }]) => [key, more])) }),
  };
}
