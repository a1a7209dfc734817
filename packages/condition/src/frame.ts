import type { Expression } from './expression.js';
import type { ConditionFailure } from './result.js';
import type { ConditionInput } from './roots.js';

/**
 * The epoch milliseconds at which a zone's clocks show a wall-clock time; the time is given as if
 * in UTC.
 */
export type LocalTime = (wallMs: number) => number | undefined;

/** The state of one evaluation. */
export interface Frame {
  readonly input: ConditionInput;
  /** Quantifier variables, by slot. */
  readonly variables: unknown[];
  stepsLeft: number;
  /** Reads what the clocks of the declared zone show. */
  readonly localTime: LocalTime;
}

/** Computes a node: its value, or the failure that stands for it. */
export type Evaluator = (frame: Frame) => unknown;

/** Computes a node whose value is a truth value. */
export type Predicate = (frame: Frame) => boolean | ConditionFailure;

/** Turns a node into its evaluator. */
export type Compile = (node: Expression) => Evaluator;

/** Takes steps from the budget; false when none are left. */
export function spend(frame: Frame, steps: number): boolean {
  frame.stepsLeft -= steps;
  return frame.stepsLeft >= 0;
}

const CHARACTERS_PER_STEP = 1024;

export function spendCharacters(frame: Frame, characters: number): boolean {
  return spend(frame, Math.ceil(characters / CHARACTERS_PER_STEP));
}
