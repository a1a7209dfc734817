import { parseArgs } from 'node:util';

/** How long to look, and where to begin. */
export interface Wanted {
  readonly pairs: number;
  readonly seed: number;
}

/** Reads `--pairs N --seed N`; a run without a seed begins at 1. @throws {RangeError} for what is no whole number. */
export function readArguments(given: readonly string[]): Wanted {
  const { values } = parseArgs({
    args: given.filter((argument) => argument !== '--'),
    options: { pairs: { type: 'string' }, seed: { type: 'string' } },
  });
  return { pairs: whole(values.pairs ?? '100000', 1), seed: whole(values.seed ?? '1', 0) };
}

function whole(text: string, least: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new RangeError(`expected a whole number from ${least}, found ${text}`);
}
