import {
  deriveTenantKey,
  formatMac,
  type MacKey,
  macRecord,
  verifyRecordMac,
} from '@spanforge/core-signing';
import type { RecordSecret } from './types.js';

/** Signs and checks records with the derived key of their tenant. */
export interface RecordKeys {
  /** Undefined where records are not signed. */
  sign(
    tenant: string,
    leaf: Uint8Array,
  ): { readonly kid: string; readonly tag: Uint8Array } | undefined;
  /** `unknown_key` when no secret of that kid is at hand. */
  check(
    tenant: string,
    leaf: Uint8Array,
    mac: { readonly kid: string; readonly tag: Uint8Array },
  ): 'good' | 'bad' | 'unknown_key';
  readonly signing: boolean;
}

/**
 * @throws {SigningError} `SIGNING_SECRET_WEAK` when a secret is too short or has no entropy.
 */
export function createRecordKeys(
  current: RecordSecret | false,
  earlier: readonly RecordSecret[] = [],
): RecordKeys {
  const secrets = new Map<string, Uint8Array>();
  for (const secret of current ? [...earlier, current] : earlier) {
    secrets.set(secret.kid, secret.secret.slice());
  }
  const derived = new Map<string, MacKey>();
  const keyFor = (kid: string, tenant: string): MacKey | undefined => {
    const name = `${kid}\n${tenant}`;
    const known = derived.get(name);
    const secret = secrets.get(kid);
    if (known || !secret) return known;
    const key = deriveTenantKey({ secret, kid, tenant });
    derived.set(name, key);
    return key;
  };
  if (current) keyFor(current.kid, 'system');
  return {
    signing: current !== false,
    sign: (tenant, leaf) => {
      const key = current ? keyFor(current.kid, tenant) : undefined;
      return current && key ? { kid: current.kid, tag: macRecord(key, leaf) } : undefined;
    },
    check: (tenant, leaf, mac) => {
      const key = keyFor(mac.kid, tenant);
      if (!key) return 'unknown_key';
      return verifyRecordMac(key, leaf, formatMac(mac.tag)) ? 'good' : 'bad';
    },
  };
}
