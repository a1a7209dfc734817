import type { Scalar } from '@spanforge/condition';

/** Everything with which rules compare the value at one place. */
export interface Atoms {
  readonly constants: Set<Scalar>;
  readonly prefixes: Set<string>;
  readonly suffixes: Set<string>;
  readonly parts: Set<string>;
  /** Values that rules look for in a list at the place. */
  readonly members: Set<Scalar>;
}

export function createAtoms(): Atoms {
  return {
    constants: new Set(),
    prefixes: new Set(),
    suffixes: new Set(),
    parts: new Set(),
    members: new Set(),
  };
}

/**
 * One number for each constant, and one for each range before, between and after the constants;
 * comparisons with the constants cannot distinguish more.
 */
export function numbersAround(constants: Iterable<Scalar>): readonly number[] {
  const given = [...constants].filter((value) => typeof value === 'number');
  const sorted = [...new Set(given)].sort((a, b) => a - b);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [1];
  const found = sorted.flatMap((value, index) => {
    const next = sorted[index + 1];
    return [value, next === undefined ? undefined : between(value, next)];
  });
  return [between(-Number.MAX_VALUE, first, true), ...found, between(last, Number.MAX_VALUE, true)]
    .filter((value) => value !== undefined)
    .sort((a, b) => a - b);
}

/** A number strictly between two; an integer near the smaller one if possible. */
function between(low: number, high: number, orEnd = false): number | undefined {
  const inside = (value: number): boolean => low < value && value < high;
  const whole = [Math.floor(low) + 1, Math.ceil(high) - 1].filter(inside);
  whole.sort((a, b) => Math.abs(a) - Math.abs(b));
  const halves = [low + (high - low) / 2, low / 2 + high / 2].filter(inside);
  const end = low === -Number.MAX_VALUE ? low : high;
  return whole[0] ?? halves[0] ?? (orEnd && low < high ? end : undefined);
}

const MAX_PARTS = 6;

/**
 * Texts that satisfy every combination of tests that any text can satisfy.
 *
 * If a text begins with, ends with and contains certain parts, then so does the text made of the
 * longest of those beginnings, the contained parts and the longest ending, separated by a character
 * that no test mentions.
 */
export function textsAround(atoms: Atoms, extra: Iterable<Scalar> = []): Representatives<string> {
  const given = new Set(
    [...atoms.constants, ...extra].filter((value) => typeof value === 'string'),
  );
  const fresh = unusedCharacter([given, atoms.prefixes, atoms.suffixes, atoms.parts]);
  const parts = [...atoms.parts].slice(0, MAX_PARTS);
  const texts = [...given];
  for (const prefix of new Set(['', ...atoms.prefixes])) {
    for (const suffix of new Set(['', ...atoms.suffixes])) {
      for (const chosen of subsets(parts)) {
        const middle = chosen.map((part) => part + fresh).join('');
        texts.push(`${prefix}${fresh}${middle}${suffix}`);
      }
    }
  }
  return { values: texts, partial: parts.length < atoms.parts.size };
}

export interface Representatives<T> {
  readonly values: readonly T[];
  /** True if some were left out because there are too many. */
  readonly partial: boolean;
}

function unusedCharacter(sets: readonly ReadonlySet<string>[]): string {
  const used = new Set(sets.flatMap((set) => [...set]).flatMap((text) => [...text]));
  let code = 'x'.charCodeAt(0);
  while (used.has(String.fromCharCode(code))) code += 1;
  return String.fromCharCode(code);
}

function subsets(items: readonly string[]): readonly (readonly string[])[] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  return subsets(rest).flatMap((set) => [set, [first, ...set]]);
}
