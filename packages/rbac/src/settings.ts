import { RbacError } from './error.js';
import type { RbacOptions } from './types.js';

/** The longest a timer can be set for. */
const MAX_TIMER_MS = 2_147_483_647;

const DEFAULTS = { lookupTimeoutMs: 1000, recordTimeoutMs: 5000, refreshMs: 50, maxLagMs: 5000 };

/** The numbers of a role service, complete and checked. */
export type RbacSettings = Readonly<Record<keyof typeof DEFAULTS, number>>;

/**
 * Fills in defaults.
 *
 * @throws {RbacError} `RBAC_OPTIONS_INVALID` naming the option.
 */
export function resolveSettings(options: RbacOptions): RbacSettings {
  const settings = { ...DEFAULTS };
  for (const option of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value = options[option] ?? DEFAULTS[option];
    const min = option.endsWith('TimeoutMs') ? 1 : 0;
    if (!(value >= min && value <= MAX_TIMER_MS)) {
      throw new RbacError('RBAC_OPTIONS_INVALID', `${option}: expected ${min} to ${MAX_TIMER_MS}`, {
        details: { option },
      });
    }
    settings[option] = value;
  }
  return settings;
}
