import { readFileSync } from 'node:fs';
import type { Mutant } from './mutant.js';

/** A change that may stay unnoticed, and why. */
export interface Listed {
  readonly target: string;
  readonly file: string;
  readonly at: string;
  readonly change: string;
  readonly reason: string;
}

/** What a run found that the list does not say. */
export interface Differences {
  /** Survived, and nobody said why it may. */
  readonly unlisted: readonly Mutant[];
  /** Listed, but noticed now, or no longer there. */
  readonly stale: readonly Listed[];
}

const keyOf = ({ file, at, change }: Pick<Listed, 'file' | 'at' | 'change'>) =>
  JSON.stringify([file, at, change]);

/** Compares one target's mutants with its part of the list; each entry stands for one mutant. */
export function compareSurvivors(
  mutants: readonly Mutant[],
  listed: readonly Listed[],
): Differences {
  const open = new Map<string, Listed[]>();
  for (const one of listed) open.set(keyOf(one), [...(open.get(keyOf(one)) ?? []), one]);
  const unlisted = mutants.filter(
    (mutant) => mutant.fate === 'survived' && open.get(keyOf(mutant))?.pop() === undefined,
  );
  return { unlisted, stale: [...open.values()].flat() };
}

/** Reads the list. @throws when an entry has no reason. */
export function readListed(path: string): readonly Listed[] {
  const listed: readonly Listed[] = JSON.parse(readFileSync(path, 'utf8'));
  for (const { file, change, reason } of listed) {
    if (!reason) throw new Error(`${file}: ${change} is listed without a reason`);
  }
  return listed;
}
