import type { EventGovernancePolicy } from '@spanforge/core-events';
import { GovernanceViolationError, parseEvent } from '@spanforge/core-events';
import { ValidateError } from '../error.js';
import { EnforcementMode, isMode } from '../mode.js';
import { type Violation, violation } from '../violation.js';
import { checkEvent } from './check-event.js';
import { type CorrectOptions, correctEvent, type EventChange } from './correct-event.js';

/** The result of a validation. `validationResultToWire` gives it with the documented names. */
export interface ValidationResult {
  readonly valid: boolean;
  readonly mode: EnforcementMode;
  /** The violations; in `correct`, those that could not be corrected. */
  readonly violations: readonly Violation[];
  /** In `correct`: the corrected document, possibly incomplete. */
  readonly correctedDoc?: Readonly<Record<string, unknown>>;
  /** In `correct`: the changes. */
  readonly changes?: readonly EventChange[];
  /** In `correct`: true if the document has a signature from before the changes. */
  readonly signatureStale?: boolean;
}

/** Options for enforcing an event. */
export interface EnforceOptions extends CorrectOptions {
  /** `strict` when absent. */
  readonly mode?: EnforcementMode;
  /** Called with every violation in `warn`, if given. Its errors pass through. */
  readonly onWarning?: (violation: Violation) => void;
  /** Refused and unregistered types; asked once the event is well formed. */
  readonly policy?: EventGovernancePolicy;
}

function checkAll(event: unknown, policy: EventGovernancePolicy | undefined): readonly Violation[] {
  const violations = checkEvent(event);
  if (violations.length > 0 || policy === undefined) return violations;
  try {
    policy.checkEvent(parseEvent(event));
    return [];
  } catch (error) {
    if (!GovernanceViolationError.is(error)) throw error;
    return [
      violation(['event_type'], 'governance', 'expected a type that the policy lets through'),
    ];
  }
}

function refusalError(violations: readonly Violation[]): ValidateError {
  const { path = '$', expectation = 'expected an event' } = violations[0] ?? {};
  return new ValidateError('VALIDATE_EVENT_INVALID', `event: ${path}: ${expectation}`, {
    details: { path, expectation, violations: violations.length },
    violations,
  });
}

function correct(event: unknown, options: EnforceOptions): ValidationResult {
  const { valid, violations, ...corrected } = correctEvent(event, options);
  const remaining = valid ? checkAll(corrected.correctedDoc, options.policy) : violations;
  const mode = EnforcementMode.CORRECT;
  return { valid: remaining.length === 0, mode, violations: remaining, ...corrected };
}

/**
 * Validates an event in wire form (snake_case) according to the mode.
 *
 * @throws {ValidateError} `VALIDATE_EVENT_INVALID` in `strict` with the first violation and in
 *   `lenient` with all of them; `VALIDATE_OPTIONS_INVALID` for another mode.
 */
export function enforceEvent(event: unknown, options: EnforceOptions = {}): ValidationResult {
  const { mode = EnforcementMode.STRICT, onWarning, policy } = options;
  if (!isMode(mode)) {
    throw new ValidateError(
      'VALIDATE_OPTIONS_INVALID',
      'mode: expected strict, lenient, warn or correct',
      {
        details: { option: 'mode' },
      },
    );
  }
  if (mode === EnforcementMode.CORRECT) return correct(event, options);
  const violations = checkAll(event, policy);
  if (violations.length > 0 && mode === EnforcementMode.STRICT)
    throw refusalError(violations.slice(0, 1));
  if (violations.length > 0 && mode === EnforcementMode.LENIENT) throw refusalError(violations);
  if (mode === EnforcementMode.WARN) for (const one of violations) onWarning?.(one);
  return { valid: violations.length === 0, mode, violations };
}

/** A result with its documented names: `valid`, `mode`, `violations`, `corrected_doc`. */
export function validationResultToWire(
  result: ValidationResult,
): Readonly<Record<string, unknown>> {
  const { valid, mode, violations, correctedDoc, changes, signatureStale } = result;
  return {
    ...{ valid, mode, violations, corrected_doc: correctedDoc ?? null },
    ...(changes === undefined ? {} : { changes, signature_stale: signatureStale }),
  };
}
