import { check } from './check.js';
import { errorAt } from './error.js';
import { predicate } from './evaluate.js';
import { readFields, readValues } from './fields.js';
import type { Frame } from './frame.js';
import { lower } from './lower.js';
import { type ConditionLimits, parse } from './parse.js';
import { type ConditionResult, failure } from './result.js';
import type { ConditionInput } from './roots.js';
import type { StaticType } from './static-type.js';

/** A checked condition over names that its host declared; immutable, and safe to share. */
export interface NamedCondition {
  /** The source it was compiled from. */
  readonly source: string;
  /** Every path it reads, sorted. */
  readonly fields: readonly string[];
  /**
   * Decides the condition. A value that is missing or has the wrong type gives `indeterminate`,
   * unless the other side of an `&&` or `||` decides alone. Never throws.
   */
  evaluate(values: Readonly<Record<string, unknown>>): ConditionResult;
  /** The values at `fields`, leaving out what is missing. */
  read(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

const TRUE: ConditionResult = Object.freeze({ value: true });
const FALSE: ConditionResult = Object.freeze({ value: false });
const UNREADABLE = failure('unreadable').result;

/**
 * Compiles a condition over names of the host's own, such as the metrics of a gate, in the same
 * language as `compileCondition` and with the same limits.
 *
 * @param names The type of each name, from `typeOfSchema`. `args` cannot be one: it is a root of
 *   policy conditions that stands for something else.
 * @throws {ConditionError} `CONDITION_*` with offset, line and column, as `compileCondition`.
 */
export function compileNamedCondition(
  source: string,
  names: Readonly<Record<string, StaticType>>,
  limits: ConditionLimits = {},
): NamedCondition {
  const { args: _reserved, ...roots } = names;
  const expression = lower(source, parse(source, limits));
  const type = check(source, expression, roots);
  if (type.kind !== 'boolean' && type.kind !== 'dyn') {
    const message = `A condition is true or false, not a ${type.kind}.`;
    throw errorAt(source, 0, 'CONDITION_NOT_BOOLEAN', message);
  }
  const decide = predicate(expression);
  const reads = readFields(expression);
  const maxSteps = limits.maxSteps ?? 100_000;
  const inputOf = (values: Readonly<Record<string, unknown>>) => values as ConditionInput;
  return Object.freeze({
    source,
    fields: Object.freeze(reads.map(({ path }) => path)),
    evaluate(values: Readonly<Record<string, unknown>>): ConditionResult {
      try {
        const localTime = (wallMs: number): number => wallMs;
        const input = inputOf(values);
        const frame: Frame = { input, variables: [], stepsLeft: maxSteps, localTime };
        const outcome = decide(frame);
        return outcome === true ? TRUE : outcome === false ? FALSE : outcome.result;
      } catch {
        return UNREADABLE;
      }
    },
    read: (values: Readonly<Record<string, unknown>>) => readValues(reads, inputOf(values)),
  });
}
