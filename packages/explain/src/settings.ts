import { createDiscloser, systemClock } from '@spanforge/core-events';
import { ExplainError } from './error.js';
import type { ExplainOptions } from './types.js';

/** The options of a service, complete and checked. */
export type Settings = Required<Omit<ExplainOptions, 'policy' | 'counterfactual' | 'onWarning'>> &
  Pick<ExplainOptions, 'policy' | 'counterfactual' | 'onWarning'>;

/** @throws {ExplainError} `EXPLAIN_OPTIONS_INVALID` naming the option. */
export function resolveSettings(options: ExplainOptions): Settings {
  const settings: Settings = {
    clock: systemClock,
    disclose: createDiscloser(),
    confidenceThreshold: 0.7,
    maxRetries: 3,
    emitTimeoutSec: 5,
    maxWaiting: 1000,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  } as Settings;
  inRange('confidenceThreshold', settings.confidenceThreshold, 0, 1);
  inRange('maxRetries', settings.maxRetries, 0, 100);
  inRange('emitTimeoutSec', settings.emitTimeoutSec, 0.001, 3600);
  inRange('maxWaiting', settings.maxWaiting, 1, 1_000_000);
  return settings;
}

function inRange(option: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new ExplainError('EXPLAIN_OPTIONS_INVALID', `${option}: expected ${min} to ${max}`, {
    details: { option },
  });
}
