import { type NodeOf, placeOf } from './expression.js';
import { type Compile, type Evaluator, spendCharacters } from './frame.js';
import { isNumber } from './is-number.js';
import { failure, isFailure } from './result.js';

const COMPUTE: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

/** Arithmetic on doubles, and `+` on strings; a result that is not finite is a failure. */
export function arithmeticEvaluator(node: NodeOf<'arithmetic'>, compile: Compile): Evaluator {
  const compute = COMPUTE[node.operator] ?? (() => Number.NaN);
  const left = compile(node.left);
  const right = compile(node.right);
  const leftMistyped = failure('type_error', placeOf(node.left));
  const rightMistyped = failure('type_error', placeOf(node.right));
  const overflow = failure('arithmetic', placeOf(node.left) ?? placeOf(node.right));
  const cost = failure('cost', placeOf(node.left) ?? placeOf(node.right));
  const concatenates = node.operator === '+';
  return (frame) => {
    const a = left(frame);
    if (isFailure(a)) return a;
    const b = right(frame);
    if (isFailure(b)) return b;
    if (concatenates && typeof a === 'string' && typeof b === 'string') {
      return spendCharacters(frame, a.length + b.length) ? a + b : cost;
    }
    if (!isNumber(a)) return leftMistyped;
    if (!isNumber(b)) return rightMistyped;
    const value = compute(a, b);
    return Number.isFinite(value) ? value : overflow;
  };
}

export function negateEvaluator(node: NodeOf<'negate'>, compile: Compile): Evaluator {
  const operand = compile(node.operand);
  const mistyped = failure('type_error', placeOf(node.operand));
  return (frame) => {
    const value = operand(frame);
    if (isNumber(value)) return -value;
    return isFailure(value) ? value : mistyped;
  };
}
