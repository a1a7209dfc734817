import { type NodeOf, placeOf } from './expression.js';
import {
  type Compile,
  type Evaluator,
  type Frame,
  type Predicate,
  spendCharacters,
} from './frame.js';
import { failure, isFailure } from './result.js';

type StringTest = (text: string, part: string) => boolean;

const TESTS: Readonly<Record<string, StringTest>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

export function stringPredicate(node: NodeOf<'string'>, compile: Compile): Predicate {
  const test = TESTS[node.name] ?? (() => false);
  const target = compile(node.target);
  const argument = compile(node.argument);
  const targetMistyped = failure('type_error', placeOf(node.target));
  const argumentMistyped = failure('type_error', placeOf(node.argument));
  const cost = failure('cost', placeOf(node.target));
  // In the worst case a search takes text length times part length; the other two stop at the end
  // of the part.
  const searches = node.name === 'contains';
  return (frame) => {
    const text = target(frame);
    if (typeof text !== 'string') return isFailure(text) ? text : targetMistyped;
    const part = argument(frame);
    if (typeof part !== 'string') return isFailure(part) ? part : argumentMistyped;
    const work = searches ? text.length * part.length : part.length;
    return spendCharacters(frame, work) ? test(text, part) : cost;
  };
}

/** Lower case for A to Z alone: what other letters become depends on tables that change. */
export function lowerEvaluator(node: NodeOf<'lowerAscii'>, compile: Compile): Evaluator {
  const operand = compile(node.operand);
  const mistyped = failure('type_error', placeOf(node.operand));
  const cost = failure('cost', placeOf(node.operand));
  return (frame) => {
    const text = operand(frame);
    if (typeof text !== 'string') return isFailure(text) ? text : mistyped;
    if (!spendCharacters(frame, text.length)) return cost;
    return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  };
}

/** Code points of a string, elements of a list, fields of an object. */
export function sizeEvaluator(node: NodeOf<'size'>, compile: Compile): Evaluator {
  const operand = compile(node.operand);
  const mistyped = failure('type_error', placeOf(node.operand));
  const cost = failure('cost', placeOf(node.operand));
  return (frame) => {
    const value = operand(frame);
    if (isFailure(value)) return value;
    if (Array.isArray(value)) return value.length;
    if (typeof value === 'string') return codePoints(frame, value) ?? cost;
    return isPlain(value) ? Object.keys(value).length : mistyped;
  };
}

/** An object of fields. A set, a map or a promise has none that could be counted. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function codePoints(frame: Frame, text: string): number | undefined {
  if (!spendCharacters(frame, text.length)) return undefined;
  let pairs = 0;
  for (let i = 0; i + 1 < text.length; i += 1) {
    if ((text.codePointAt(i) ?? 0) > 0xffff) {
      pairs += 1;
      i += 1;
    }
  }
  return text.length - pairs;
}
