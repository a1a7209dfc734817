import { checkPlainEvent } from '@spanforge/core-events';
import { type Violation, violation } from '../violation.js';
import { copyPlain } from './plain.js';

/** All violations in the parts of a plain copy. */
export function checkCopy(copy: unknown): readonly Violation[] {
  return checkPlainEvent(copy).map(({ path, rule, expectation }) =>
    violation(path, rule, expectation),
  );
}

/** All violations of an event in wire form; empty for a valid one. */
export function checkEvent(event: unknown): readonly Violation[] {
  const plain = copyPlain(event);
  return plain.ok ? checkCopy(plain.value) : [plain.violation];
}
