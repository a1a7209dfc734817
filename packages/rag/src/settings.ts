import { OUTCOMES } from '@spanforge/core-events';
import { RagError } from './error.js';
import type { RagOptions } from './types.js';

/** The numbers of a rag service, complete and checked. */
export interface RagSettings {
  readonly threshold: number;
  readonly claimThreshold: number;
  readonly scorerTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly policyTimeoutMs: number;
  readonly recordTimeoutMs: number;
}

const MAX_TIMER_MS = 2_147_483_647;

const RANGES: Readonly<
  Record<keyof RagSettings, readonly [fallback: number, min: number, max: number]>
> = {
  threshold: [0.5, 0, 1],
  claimThreshold: [0.5, 0, 1],
  scorerTimeoutMs: [10_000, 1, MAX_TIMER_MS],
  readTimeoutMs: [1000, 1, MAX_TIMER_MS],
  policyTimeoutMs: [1000, 1, MAX_TIMER_MS],
  recordTimeoutMs: [5000, 1, MAX_TIMER_MS],
};

/**
 * Fills in defaults.
 *
 * @throws {RagError} `RAG_OPTIONS_INVALID` naming the option.
 */
export function resolveSettings(options: RagOptions): RagSettings {
  const settings: Partial<Record<keyof RagSettings, number>> = {};
  for (const option of Object.keys(RANGES) as (keyof RagSettings)[]) {
    const [fallback, min, max] = RANGES[option];
    const value: unknown = options[option] ?? fallback;
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      throw new RagError('RAG_OPTIONS_INVALID', `${option}: expected ${min} to ${max}`, {
        details: { option },
      });
    }
    settings[option] = value;
  }
  const { onUngrounded } = options;
  if (onUngrounded !== undefined && !OUTCOMES.includes(onUngrounded)) {
    throw new RagError('RAG_OPTIONS_INVALID', 'onUngrounded: expected an outcome', {
      details: { option: 'onUngrounded' },
    });
  }
  return settings as RagSettings;
}
