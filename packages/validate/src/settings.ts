import { OUTCOMES, type Outcome } from '@spanforge/core-events';
import { DetectError, type DetectOptions, detect } from '@spanforge/detect';
import { ValidateError } from './error.js';
import { EnforcementMode, isMode } from './mode.js';
import type { OutputOutcomes } from './output-decision.js';
import type { ValidateOptions } from './types.js';

/** The settings of a service, complete and checked. */
export interface ValidateSettings {
  readonly mode: EnforcementMode;
  readonly minConfidence: number | undefined;
  readonly outcomes: OutputOutcomes;
  readonly detect: DetectOptions;
  readonly maxCorrections: number;
  readonly correctionTimeoutMs: number;
  readonly policyTimeoutMs: number;
  readonly recordTimeoutMs: number;
}

const MAX_TIMER_MS = 2_147_483_647;

function invalidError(option: string, expectation: string, cause?: unknown): ValidateError {
  return new ValidateError('VALIDATE_OPTIONS_INVALID', `${option}: expected ${expectation}`, {
    details: { option },
    ...(cause === undefined ? {} : { cause }),
  });
}

function numberIn(
  option: string,
  value: unknown,
  [fallback, min, max]: readonly [number, number, number],
): number {
  const given = value ?? fallback;
  if (typeof given === 'number' && given >= min && given <= max) return given;
  throw invalidError(option, `${min} to ${max}`);
}

function outcomeIn(option: string, value: unknown, fallback: Outcome): Outcome {
  const given = (value ?? fallback) as Outcome;
  if (OUTCOMES.includes(given)) return given;
  throw invalidError(option, 'an outcome');
}

function detection({ types, detectThreshold, region }: ValidateOptions): DetectOptions {
  const options: DetectOptions = {
    ...(types === undefined ? {} : { types }),
    ...(detectThreshold === undefined ? {} : { threshold: detectThreshold }),
    ...(region === undefined ? {} : { region }),
  };
  try {
    detect('', options);
    return options;
  } catch (cause) {
    if (!DetectError.is(cause)) throw cause;
    const { option = 'types' } = cause.details;
    throw invalidError(option === 'threshold' ? 'detectThreshold' : option, 'a valid value', cause);
  }
}

/** Fills in defaults. @throws {ValidateError} `VALIDATE_OPTIONS_INVALID` naming the option. */
export function resolveSettings(options: ValidateOptions): ValidateSettings {
  const { mode = EnforcementMode.STRICT, minConfidence } = options;
  if (!isMode(mode)) throw invalidError('mode', 'a mode of enforcement');
  const timer = (option: keyof ValidateOptions, fallback: number): number =>
    numberIn(option, options[option], [fallback, 1, MAX_TIMER_MS]);
  const maxCorrections = numberIn('maxCorrections', options.maxCorrections, [2, 0, 10]);
  if (!Number.isInteger(maxCorrections)) throw invalidError('maxCorrections', 'an integer');
  return {
    mode,
    minConfidence:
      minConfidence === undefined ? undefined : numberIn('minConfidence', minConfidence, [0, 0, 1]),
    outcomes: {
      onSchema: outcomeIn('onSchema', options.onSchema, 'block'),
      onLowConfidence: outcomeIn('onLowConfidence', options.onLowConfidence, 'human_review'),
      onPersonalData: outcomeIn('onPersonalData', options.onPersonalData, 'redact'),
      onSecret: outcomeIn('onSecret', options.onSecret, 'block'),
    },
    detect: detection(options),
    maxCorrections,
    correctionTimeoutMs: timer('correctionTimeoutMs', 10_000),
    policyTimeoutMs: timer('policyTimeoutMs', 1000),
    recordTimeoutMs: timer('recordTimeoutMs', 5000),
  };
}
