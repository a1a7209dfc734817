import { type Assignment, type Choice, isVariable, type Test, type Variable } from './variable.js';

/** Remaining steps, shared by the searches of one analysis. */
export interface Budget {
  steps: number;
}

/** How a search ended: by a solution, by proof that there is none, or without an answer. */
export type SearchResult = 'found' | 'none' | 'exhausted' | 'partial';

/** Choices under which every test holds; variables left open do not matter. */
export type Solution = ReadonlyMap<Variable, Choice>;

/** Variables whose choices keep the tests from all holding, whatever else is chosen. */
type Conflict = ReadonlySet<Variable>;

/** An undecided test, and the variable it waits for. */
interface Pending {
  readonly test: Test;
  readonly open?: Variable;
}

const FOUND = Symbol('found');
const EXHAUSTED = Symbol('exhausted');

/**
 * Looks for an accepted assignment under which every test is true.
 *
 * Depth first; only variables that a test waits for are chosen, and then the test is evaluated again.
 * A failing test names the variables it read; other choices are not tried again for it
 * (conflict-directed backjumping, Prosser 1993).
 */
export function search(
  tests: readonly Test[],
  budget: Budget,
  accept: (solution: Solution) => boolean,
): SearchResult {
  const chosen = new Map<Variable, Choice>();
  let reads = new Set<Variable>();
  let partial = false;
  const assignment: Assignment = {
    choice(variable) {
      reads.add(variable);
      return chosen.get(variable);
    },
  };

  const explore = (pending: readonly Pending[]): Conflict | typeof FOUND | typeof EXHAUSTED => {
    const left: Pending[] = [];
    for (const one of pending) {
      if (one.open !== undefined && !chosen.has(one.open)) {
        left.push(one);
        continue;
      }
      if (budget.steps <= 0) return EXHAUSTED;
      budget.steps -= 1;
      reads = new Set();
      const truth = one.test(assignment);
      if (isVariable(truth)) left.push({ test: one.test, open: truth });
      else if (truth !== true) return reads;
    }
    const open = left[0]?.open;
    if (open !== undefined) return split(open, left);
    return accept(chosen) ? FOUND : new Set(chosen.keys());
  };

  const split = (variable: Variable, pending: readonly Pending[]): ReturnType<typeof explore> => {
    const conflict = new Set<Variable>();
    for (const choice of variable.choices) {
      chosen.set(variable, choice);
      const result = explore(pending);
      if (result === FOUND || result === EXHAUSTED) return result;
      if (!result.has(variable)) {
        chosen.delete(variable);
        return result;
      }
      for (const other of result) conflict.add(other);
    }
    partial ||= variable.partial;
    chosen.delete(variable);
    conflict.delete(variable);
    return conflict;
  };

  const result = explore(tests.map((test) => ({ test })));
  if (result === FOUND) return 'found';
  if (result === EXHAUSTED) return 'exhausted';
  return partial ? 'partial' : 'none';
}
