import { within } from '@spanforge/core-events';
import type { Correction, OutputInput } from '../types.js';
import { violation } from '../violation.js';
import { checkOutput, type OutputCheck, type OutputRules } from './check-output.js';
import { diff, type OutputDifference } from './diff.js';

/** One correction, and the check after it. */
export interface Pass {
  readonly pass: number;
  readonly changes: readonly OutputDifference[];
  readonly check: OutputCheck;
}

/** The last version of an output, its corrections, and the findings of every check. */
export interface Corrected {
  readonly check: OutputCheck;
  readonly confidence: number | undefined;
  readonly passes: readonly Pass[];
  /** Every check, the first one included. */
  readonly checks: readonly OutputCheck[];
}

/** The limits of corrections. */
export interface CorrectionLimits {
  readonly maxCorrections: number;
  readonly correctionTimeoutMs: number;
}

async function ask(
  correct: NonNullable<OutputInput['correct']>,
  check: OutputCheck,
  { pass, timeoutMs }: { readonly pass: number; readonly timeoutMs: number },
): Promise<Correction | undefined> {
  const stop = new AbortController();
  const { violations, findings } = check;
  // A copy, so that the function cannot change this one.
  const output = structuredClone(check.value);
  try {
    const answer: unknown = await within(timeoutMs, async () =>
      correct({ output, violations, findings, pass, signal: stop.signal }),
    );
    const isCorrection = typeof answer === 'object' && answer !== null && 'output' in answer;
    return isCorrection ? (answer as Correction) : undefined;
  } catch {
    return undefined;
  } finally {
    stop.abort();
  }
}

function failed(check: OutputCheck): OutputCheck {
  const more = violation([], 'correction.failed', 'expected a correction in time');
  return { ...check, violations: [...check.violations, more] };
}

/**
 * Checks an output, and asks for another while it is not valid. After each correction everything is
 * checked again. The last output is the result, valid or not.
 */
export async function correctOutput(
  input: OutputInput,
  rules: OutputRules,
  { maxCorrections, correctionTimeoutMs }: CorrectionLimits,
): Promise<Corrected> {
  let { confidence } = input;
  let check = checkOutput({ output: input.output, confidence }, rules);
  const checks = [check];
  const passes: Pass[] = [];
  const { correct } = input;
  for (let pass = 1; correct && check.violations.length > 0 && pass <= maxCorrections; pass += 1) {
    const answer = await ask(correct, check, { pass, timeoutMs: correctionTimeoutMs });
    if (answer === undefined) {
      check = failed(check);
      break;
    }
    confidence = answer.confidence ?? confidence;
    const next = checkOutput({ output: answer.output, confidence }, rules);
    passes.push({ pass, changes: diff(check.value, next.value), check: next });
    checks.push(next);
    check = next;
  }
  return { check, confidence, passes, checks };
}
