import { createDiscloser, systemClock } from '@spanforge/core-events';
import { ExplainError } from './error.js';
import type { ExplainOptions, ExplainWarning } from './types.js';

/** The options of a service, complete and checked. */
export type ExplainSettings = Required<
  Omit<ExplainOptions, 'policy' | 'counterfactual' | 'context'>
> &
  Pick<ExplainOptions, 'policy' | 'counterfactual' | 'context'>;

/** @throws {ExplainError} `EXPLAIN_OPTIONS_INVALID` naming the option. */
export function resolveSettings(options: ExplainOptions): ExplainSettings {
  const settings: ExplainSettings = {
    clock: systemClock,
    disclose: createDiscloser(),
    confidenceThreshold: 0.7,
    maxRetries: 3,
    emitTimeoutSec: 5,
    maxWaiting: 1000,
    onWarning: emitWarning,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  } as ExplainSettings;
  inRange('confidenceThreshold', settings.confidenceThreshold, 0, 1);
  inRange('maxRetries', settings.maxRetries, 0, 100);
  inRange('emitTimeoutSec', settings.emitTimeoutSec, 0.001, 3600);
  inRange('maxWaiting', settings.maxWaiting, 1, 1_000_000);
  return settings;
}

/** Emits a warning of the process, if there is one, so that a missing record is never silent. */
function emitWarning({ message, cause }: ExplainWarning): void {
  const name = 'SpanForgeExplainWarning';
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  if (typeof process === 'object' && typeof process.emitWarning === 'function') {
    process.emitWarning(`${message}${why}`, name);
  } else {
    console.warn(`${name}: ${message}${why}`);
  }
}

function inRange(option: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new ExplainError('EXPLAIN_OPTIONS_INVALID', `${option}: expected ${min} to ${max}`, {
    details: { option },
  });
}
