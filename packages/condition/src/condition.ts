import { check } from './check.js';
import { errorAt } from './error.js';
import { predicate } from './evaluate.js';
import { children, type Expression } from './expression.js';
import { readFields, readValues } from './fields.js';
import { type Fragment, fragmentOf } from './fragment.js';
import type { Frame, LocalTime } from './frame.js';
import { lower } from './lower.js';
import { type ConditionLimits, parse } from './parse.js';
import { type ConditionResult, failure } from './result.js';
import { type ConditionInput, declareRoots } from './roots.js';
import { DYN, join, type StaticType } from './static-type.js';

/** Declarations of what a condition may read besides the fixed roots. */
export interface ConditionSchema {
  /**
   * Argument types, from `typeOfSchema`, of the tools that the condition may be evaluated for. A
   * field must be known to every one of them. Without types, arguments are checked at evaluation.
   */
  readonly args?: readonly StaticType[];
  /** The type of `facts`; without it a condition can name no fact. */
  readonly facts?: StaticType;
  /** How `instant` reads a time without an offset; as UTC when absent. */
  readonly localTime?: LocalTime;
}

/** A checked condition; immutable, and safe to share. */
export interface Condition {
  /** The source it was compiled from. */
  readonly source: string;
  /** Every path it reads, such as `args.amount`, sorted. */
  readonly fields: readonly string[];
  /** The whole condition as a tree, as it was read; frozen. */
  readonly expression: Expression;
  /** The condition as data, if all of it can be analysed. */
  readonly fragment: Fragment | undefined;
  /**
   * Decides the condition.
   *
   * A value that is missing or has the wrong type gives `indeterminate`, unless the other side of
   * an `&&` or `||` decides alone (as in CEL). Never throws.
   */
  evaluate(input: ConditionInput): ConditionResult;
  /** The values at `fields`, leaving out what is missing. @throws what an accessor in the input throws. */
  read(input: ConditionInput): Readonly<Record<string, unknown>>;
}

const TRUE: ConditionResult = Object.freeze({ value: true });
const FALSE: ConditionResult = Object.freeze({ value: false });
const UNREADABLE = failure('unreadable').result;

/**
 * Compiles a condition: a checked subset of the Common Expression Language, in which every number
 * is a double.
 *
 * @throws {ConditionError} `CONDITION_*` with offset, line and column: syntax, an unknown name or
 * field, a wrong type, something the language leaves out, or a source over the limits.
 */
export function compileCondition(
  source: string,
  schema: ConditionSchema = {},
  limits: ConditionLimits = {},
): Condition {
  const expression = lower(source, parse(source, limits));
  const args = schema.args?.length ? schema.args.reduce((a, b) => join(a, b)) : DYN;
  const type = check(source, expression, declareRoots(args, schema.facts));
  if (type.kind !== 'boolean' && type.kind !== 'dyn') {
    throw errorAt(
      source,
      0,
      'CONDITION_NOT_BOOLEAN',
      `A condition is true or false, not a ${type.kind}.`,
    );
  }
  const decide = predicate(expression);
  const reads = readFields(expression);
  const maxSteps = limits.maxSteps ?? 100_000;
  const localTime = schema.localTime ?? ((wallMs: number): number => wallMs);
  return Object.freeze({
    source,
    fields: Object.freeze(reads.map(({ path }) => path)),
    expression: freezeTree(expression),
    fragment: fragmentOf(expression),
    evaluate(input: ConditionInput): ConditionResult {
      try {
        const frame: Frame = { input, variables: [], stepsLeft: maxSteps, localTime };
        const outcome = decide(frame);
        return outcome === true ? TRUE : outcome === false ? FALSE : outcome.result;
      } catch {
        return UNREADABLE;
      }
    },
    read: (input: ConditionInput) => readValues(reads, input),
  });
}

function freezeTree(expression: Expression): Expression {
  for (const child of children(expression)) freezeTree(child);
  return Object.freeze(expression);
}
