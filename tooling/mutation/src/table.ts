import type { Mutant } from './mutant.js';

export interface Row {
  readonly target: string;
  readonly mutants: number;
  readonly killed: number;
  readonly survived: number;
  readonly timedOut: number;
  /** Percent of the mutants that were noticed: killed, or timed out. */
  readonly noticed: number;
}

/** One line of the table; what ran out of time was noticed too. */
export function rowOf(target: string, mutants: readonly Mutant[]): Row {
  const count = (fate: Mutant['fate']) => mutants.filter((one) => one.fate === fate).length;
  const survived = count('survived');
  const noticed = mutants.length === 0 ? 0 : 100 * (1 - survived / mutants.length);
  return {
    target,
    mutants: mutants.length,
    killed: count('killed'),
    survived,
    timedOut: count('timed out'),
    // Rounded down: 94.99 is not 95.
    noticed: Math.floor(noticed * 10) / 10,
  };
}

/** The rows as a table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  return [
    '| target | mutants | killed | survived | timed out | noticed, % |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      ({ target, mutants, killed, survived, timedOut, noticed }) =>
        `| ${target} | ${mutants} | ${killed} | ${survived} | ${timedOut} | ${noticed.toFixed(1)} |`,
    ),
  ].join('\n');
}
