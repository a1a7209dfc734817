import {
  greatestShareChange,
  jensenShannon,
  kolmogorovSmirnov,
  populationStabilityIndex,
} from '../statistics/drift.js';
import { ascending, quantile } from '../statistics/quantile.js';
import type { Random } from '../statistics/random.js';

/** One value of one row, with the session it belongs to. */
export interface FieldRow {
  readonly value: string | number | boolean;
  readonly group: string;
  readonly side: 'golden' | 'production';
}

/** How far one field drifted. */
export interface FieldDrift {
  readonly field: string;
  readonly kind: 'number' | 'category';
  readonly psi: number;
  /** The PSI that chance alone gives at these sizes, but at least 0.1. */
  readonly psi_limit: number;
  readonly js: number;
  /** Kolmogorov-Smirnov for numbers, the largest change of a share for categories. */
  readonly statistic: number;
  /** The effect size, beside the p-value. */
  readonly effect: number;
  /** From permuting whole sessions between the sides. */
  readonly p_value: number;
}

const CELLS = 10;
const MAX_CATEGORIES = 50;

interface Histogram {
  readonly cells: number;
  cellOf(value: FieldRow['value']): number;
}

/** Ten cells of equal weight in the golden set; equal values share a cell. */
function numberCells(golden: readonly number[]): Histogram {
  const edges = [
    ...new Set(Array.from({ length: CELLS - 1 }, (_, at) => quantile(golden, (at + 1) / CELLS))),
  ];
  return {
    cells: edges.length + 1,
    cellOf: (value) => {
      const found = edges.findIndex((edge) => Number(value) <= edge);
      return found < 0 ? edges.length : found;
    },
  };
}

/** The most frequent categories, and one cell for all others. */
function categoryCells(rows: readonly FieldRow[]): Histogram {
  const counts = new Map<string, number>();
  for (const { value } of rows) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const kept = [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, MAX_CATEGORIES);
  const index = new Map(kept.map(([name], at) => [name, at]));
  return { cells: kept.length + 1, cellOf: (value) => index.get(String(value)) ?? kept.length };
}

function shuffle(values: boolean[], random: Random): void {
  for (let at = values.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    const [a = false, b = false] = [values[at], values[other]];
    values[at] = b;
    values[other] = a;
  }
}

/**
 * Compares one field between both sides. The p-value comes from permuting whole sessions, because
 * rows of one session resemble each other and are not independent.
 *
 * Undefined when a side has no value.
 */
export function compareField(
  field: string,
  rows: readonly FieldRow[],
  { permutations, random }: { readonly permutations: number; readonly random: Random },
): FieldDrift | undefined {
  const golden = rows.filter(({ side }) => side === 'golden');
  if (golden.length === 0 || golden.length === rows.length) return undefined;
  const numeric = rows.every(({ value }) => typeof value === 'number');
  const histogram = numeric
    ? numberCells(ascending(golden.map(({ value }) => Number(value))))
    : categoryCells(rows);
  const cells = rows.map(({ value }) => histogram.cellOf(value));
  const groups = [...new Set(rows.map(({ group }) => group))];
  const groupAt = new Map(groups.map((group, at) => [group, at]));
  const groupOf = rows.map(({ group }) => groupAt.get(group) ?? 0);
  const sides = groups.map((group) => group.startsWith('production:'));
  const order = rows
    .map((_, at) => at)
    .sort((a, b) => Number(rows[a]?.value) - Number(rows[b]?.value));
  const measure = (inProduction: readonly boolean[]) => {
    const counts = [
      new Array<number>(histogram.cells).fill(0),
      new Array<number>(histogram.cells).fill(0),
    ] as const;
    for (const [at, cell] of cells.entries()) {
      const side = counts[inProduction[groupOf[at] ?? 0] === true ? 1 : 0];
      side[cell] = (side[cell] ?? 0) + 1;
    }
    if (!numeric) return { counts, statistic: greatestShareChange(...counts) };
    const split: readonly [number[], number[]] = [[], []];
    for (const at of order) {
      split[inProduction[groupOf[at] ?? 0] === true ? 1 : 0].push(Number(rows[at]?.value));
    }
    return { counts, statistic: kolmogorovSmirnov(...split) };
  };
  const { counts, statistic } = measure(sides);
  const psi = populationStabilityIndex(...counts);
  const shuffled = [...sides];
  let asFar = 0;
  const psis: number[] = [];
  for (let round = 0; round < permutations; round += 1) {
    shuffle(shuffled, random);
    const permuted = measure(shuffled);
    if (permuted.statistic >= statistic - 1e-12) asFar += 1;
    psis.push(populationStabilityIndex(...permuted.counts));
  }
  return {
    ...{ field, kind: numeric ? 'number' : 'category', psi, js: jensenShannon(...counts) },
    psi_limit: Math.max(0.1, quantile(ascending(psis), 0.99)),
    ...{ statistic, effect: statistic, p_value: (asFar + 1) / (permutations + 1) },
  };
}
