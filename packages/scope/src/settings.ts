import { ScopeError } from './error.js';
import type { ScopeOptions } from './types.js';

/** The numbers of a scope service, complete and checked. */
export interface ScopeSettings {
  readonly cbThreshold: number;
  readonly cbResetSeconds: number;
  readonly lookupTimeoutMs: number;
  readonly recordTimeoutMs: number;
  readonly refreshMs: number;
  readonly maxLagMs: number;
  readonly maxLateRecords: number;
}

/** The longest a timer can be set for. */
const MAX_TIMER_MS = 2_147_483_647;

interface Range {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

const RANGES: Readonly<Record<keyof ScopeSettings, Range>> = {
  cbThreshold: { default: 5, min: 1, max: 1_000_000, whole: true },
  cbResetSeconds: { default: 30, min: 0.001, max: 86_400 },
  lookupTimeoutMs: { default: 1000, min: 1, max: MAX_TIMER_MS },
  recordTimeoutMs: { default: 5000, min: 1, max: MAX_TIMER_MS },
  refreshMs: { default: 50, min: 0, max: MAX_TIMER_MS },
  maxLagMs: { default: 5000, min: 0, max: MAX_TIMER_MS },
  maxLateRecords: { default: 1000, min: 1, max: 1_000_000, whole: true },
};

/**
 * Fills in defaults.
 *
 * @throws {ScopeError} `SCOPE_OPTIONS_INVALID` naming the option.
 */
export function resolveSettings(options: ScopeOptions): ScopeSettings {
  const settings: Partial<Record<keyof ScopeSettings, number>> = {};
  for (const option of Object.keys(RANGES) as (keyof ScopeSettings)[]) {
    const { default: fallback, min, max, whole } = RANGES[option];
    const value = options[option] ?? fallback;
    if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
      throw new ScopeError('SCOPE_OPTIONS_INVALID', `${option}: expected ${min} to ${max}`, {
        details: { option },
      });
    }
    settings[option] = value;
  }
  return settings as ScopeSettings;
}
