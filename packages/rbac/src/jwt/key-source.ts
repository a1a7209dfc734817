import { type Clock, systemClock, within } from '@spanforge/core-events';
import type { CryptoKey } from 'jose';
import { RbacError } from '../error.js';
import { type JwtKeySet, type KeyHint, parseKeySet } from './jwks.js';

/** Where a verifier gets its keys. */
export interface KeySource {
  /**
   * The key for a token; undefined when there is none.
   *
   * @throws {RbacError} `RBAC_KEYS_UNAVAILABLE` when no key set could be fetched.
   */
  find(hint: KeyHint): Promise<CryptoKey | undefined>;
}

/**
 * Keys that do not change.
 *
 * @param jwks A JSON Web Key Set (RFC 7517), as text or parsed.
 * @throws {RbacError} `RBAC_JWKS_INVALID`.
 */
export function createLocalKeys(jwks: unknown): KeySource {
  const keys = parseKeySet(jwks);
  return { find: async (hint) => keys.find(hint) };
}

/** How rotating keys are fetched. */
export interface RemoteKeysOptions {
  /**
   * Fetches the key set of the issuer, as text or parsed. The host chooses the address, TLS, redirects
   * and the largest answer; nothing from a token reaches this function.
   */
  readonly fetchKeys: () => Promise<unknown>;
  readonly clock?: Clock;
  /** Milliseconds that a key set is used before it is fetched again; 600,000 when absent. */
  readonly maxAgeMs?: number;
  /** The least time between two attempts in milliseconds; 30,000 when absent. */
  readonly cooldownMs?: number;
  /** Milliseconds that one attempt may take; 5000 when absent. */
  readonly timeoutMs?: number;
}

const MAX_TIMER_MS = 2_147_483_647;

function check(option: string, value: number, min: number): number {
  if (value >= min && value <= MAX_TIMER_MS) return value;
  throw new RbacError('RBAC_OPTIONS_INVALID', `${option}: expected ${min} to ${MAX_TIMER_MS}`, {
    details: { option },
  });
}

/**
 * Keys that rotate. A token with an unknown key id leads to at most one fetch, and none within
 * `cooldownMs` of the last attempt; callers at the same moment share one. A set older than
 * `maxAgeMs` is not used: when it cannot be fetched again, nothing verifies.
 *
 * @throws {RbacError} `RBAC_OPTIONS_INVALID`.
 */
export function createRemoteKeys(options: RemoteKeysOptions): KeySource {
  const { fetchKeys, clock = systemClock } = options;
  const maxAgeMs = check('maxAgeMs', options.maxAgeMs ?? 600_000, 1);
  const cooldownMs = check('cooldownMs', options.cooldownMs ?? 30_000, 0);
  const timeoutMs = check('timeoutMs', options.timeoutMs ?? 5000, 1);
  let current: { readonly keys: JwtKeySet; readonly sinceMs: number } | undefined;
  let attemptedMs: number | undefined;
  let running: Promise<void> | undefined;

  // If the clock goes back, a key set counts as old, not as new for ever.
  const ageOf = (sinceMs: number): number => {
    const age = clock() - sinceMs;
    return age < 0 ? Number.POSITIVE_INFINITY : age;
  };
  const usable = (): JwtKeySet | undefined =>
    current && ageOf(current.sinceMs) < maxAgeMs ? current.keys : undefined;

  async function fetchNow(): Promise<void> {
    const sinceMs = clock();
    attemptedMs = sinceMs;
    try {
      current = { keys: parseKeySet(await within(timeoutMs, fetchKeys)), sinceMs };
    } catch {
      // The previous set stays in use until it is too old, so a short outage locks nobody out.
    }
  }

  /** Fetches, unless that was tried a moment ago. */
  function refresh(): Promise<void> {
    if (running === undefined) {
      if (attemptedMs !== undefined && ageOf(attemptedMs) < cooldownMs) return Promise.resolve();
      running = fetchNow().finally(() => {
        running = undefined;
      });
    }
    return running;
  }

  return {
    async find(hint) {
      const found = await usable()?.find(hint);
      if (found) return found;
      await refresh();
      const keys = usable();
      if (keys) return keys.find(hint);
      throw new RbacError('RBAC_KEYS_UNAVAILABLE', "could not fetch the issuer's JWKS");
    },
  };
}
