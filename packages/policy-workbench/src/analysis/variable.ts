import type { Scalar } from '@spanforge/condition';

/** A place without a scalar: nothing, a list, or an object. */
export const MISSING: unique symbol = Symbol('missing');
export const LIST: unique symbol = Symbol('list');
export const OBJECT: unique symbol = Symbol('object');

/**
 * A value of another type than is declared: reading it is indeterminate. Fields of it can be read where
 * it has any.
 */
export const MISFIT: unique symbol = Symbol('misfit');

/** One value at a place; it stands for all values that no rule distinguishes from it. */
export type Choice = Scalar | typeof MISSING | typeof LIST | typeof OBJECT | typeof MISFIT;

/** An undecided property of a request, with all its choices; compared by identity. */
export interface Variable {
  readonly name: string;
  readonly choices: readonly Choice[];
  /** True when some choices were left out. */
  readonly partial: boolean;
  /** True when it is chosen independently of the others, so that no matching request may exist. */
  readonly loose: boolean;
}

/** The choices so far. */
export interface Assignment {
  /** `undefined` while the variable is open. */
  choice(variable: Variable): Choice | undefined;
}

/** True, false, indeterminate, or open until a variable is chosen. */
export type Truth = boolean | 'unknown' | Variable;

/** Part of a rule, evaluated under an assignment. */
export type Test = (assignment: Assignment) => Truth;

export function isVariable(value: unknown): value is Variable {
  return typeof value === 'object' && value !== null;
}

export function createVariable(
  name: string,
  choices: readonly Choice[],
  { partial = false, loose = false }: Partial<Pick<Variable, 'partial' | 'loose'>> = {},
): Variable {
  return { name, choices, partial, loose };
}

/** Three-valued `and`, as conditions and deciders join; open only where no part is false. */
export function both(tests: readonly Test[]): Test {
  return (assignment) => {
    let result: Truth = true;
    for (const test of tests) {
      const truth = test(assignment);
      if (truth === false) return false;
      if (isVariable(result)) continue;
      if (isVariable(truth) || truth === 'unknown') result = truth;
    }
    return result;
  };
}

export function either(tests: readonly Test[]): Test {
  return negated(both(tests.map(negated)));
}

export function negated(test: Test): Test {
  return (assignment) => {
    const truth = test(assignment);
    return typeof truth === 'boolean' ? !truth : truth;
  };
}
