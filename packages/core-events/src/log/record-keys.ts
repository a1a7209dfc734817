import {
  deriveTenantSecret,
  importMacKey,
  type MacKey,
  macRecord,
  macRecords,
} from '@spanforge/core-signing';
import { EventsError } from '../error.js';

/** The secret that signs records, and its name `kid`. */
export interface RecordSecret {
  readonly kid: string;
  /** At least 32 bytes. */
  readonly secret: Uint8Array;
  /** The secret was revoked: from this index on, records with its HMAC are refused. */
  readonly lastGoodSize?: number | undefined;
}

/** The derived key of a tenant, and its bytes, for a driver that signs in a thread of its own. */
export interface TenantKey {
  readonly key: MacKey;
  readonly secret: Uint8Array;
}

/** Signs and checks records with the derived key of their tenant. */
export interface RecordKeys {
  /** The key that signs a tenant's records; undefined where records are not signed. */
  signer(tenant: string): TenantKey | undefined;
  /** Undefined where records are not signed. */
  sign(
    tenant: string,
    leaf: Uint8Array,
  ): { readonly kid: string; readonly tag: Uint8Array } | undefined;
  /**
   * `unknown_key` when no secret with that kid was given; `bad` also when the secret was revoked for the
   * index.
   */
  check(
    tenant: string,
    leaf: Uint8Array,
    mac: { readonly kid: string; readonly tag: Uint8Array },
    index: number,
  ): 'good' | 'bad' | 'unknown_key';
  /**
   * The HMACs of records before `end`, by the leaf hashes of them that stand one after the other; undefined when no
   * secret with that kid was given, or it was revoked for a record before `end`.
   */
  tags(tenant: string, kid: string, leaves: Uint8Array, end: number): Uint8Array | undefined;
  /**
   * HMAC with the system key of the oldest given secret, so that it does not change when a newer secret
   * takes over; undefined when records are not signed.
   */
  steady(digest: Uint8Array): Uint8Array | undefined;
  readonly signing: boolean;
}

/** Size of the cache of derived keys; a dropped key is derived again. */
const MAX_DERIVED = 10_000;

/** Compares in constant time, in JavaScript: a native call for each record would cost more. */
export function sameTag(tag: Uint8Array, given: Uint8Array): boolean {
  let difference = tag.length ^ given.length;
  for (let at = 0; at < tag.length; at += 1) difference |= (tag[at] ?? 0) ^ (given[at] ?? 0);
  return difference === 0;
}

/** One secret, and the keys derived from it so far. */
function createDeriver({ kid, secret }: RecordSecret): (tenant: string) => TenantKey {
  const kept = secret.slice();
  const derived = new Map<string, TenantKey>();
  return (tenant) => {
    const known = derived.get(tenant);
    if (known) return known;
    if (derived.size >= MAX_DERIVED) derived.clear();
    const own = deriveTenantSecret({ secret: kept, kid, tenant });
    const made = { key: importMacKey({ kid, secret: own }), secret: own };
    derived.set(tenant, made);
    return made;
  };
}

function requireSecrets(current: RecordSecret | false, earlier: readonly RecordSecret[]): void {
  // A missing option is an error: only `false` turns signing off.
  const given = current === false ? earlier : [...earlier, current];
  const whole = given.every((one) => typeof one === 'object' && one?.secret instanceof Uint8Array);
  const kids = new Set(given.map((one) => one?.kid));
  if (whole && kids.size === given.length) return;
  throw new EventsError('EVENTS_OPTIONS_INVALID', 'hmac: expected secrets, each with its own kid', {
    details: { path: '$.hmac' },
  });
}

/**
 * @param earlier Secrets that are still good for verifying, oldest first.
 * @throws {EventsError} `EVENTS_OPTIONS_INVALID` when something else is given, or a kid twice.
 * @throws {SigningError} `SIGNING_SECRET_WEAK` when a secret is too short or has no entropy.
 */
export function createRecordKeys(
  current: RecordSecret | false,
  earlier: readonly RecordSecret[] = [],
): RecordKeys {
  requireSecrets(current, earlier);
  const derivers = new Map<string, (tenant: string) => TenantKey>();
  for (const secret of current ? [...earlier, current] : earlier) {
    const derive = createDeriver(secret);
    derive('system');
    derivers.set(secret.kid, derive);
  }
  const given = current ? [...earlier, current] : earlier;
  const revokedFrom = new Map(given.map(({ kid, lastGoodSize }) => [kid, lastGoodSize]));
  const [oldest] = derivers.values();
  const signer = current ? derivers.get(current.kid) : undefined;
  return {
    signing: current !== false,
    signer: (tenant) => signer?.(tenant),
    sign: (tenant, leaf) =>
      current && signer
        ? { kid: current.kid, tag: macRecord(signer(tenant).key, leaf) }
        : undefined,
    check: (tenant, leaf, mac, index) => {
      const derive = derivers.get(mac.kid);
      if (!derive) return 'unknown_key';
      if (index >= (revokedFrom.get(mac.kid) ?? Number.POSITIVE_INFINITY)) return 'bad';
      return sameTag(macRecord(derive(tenant).key, leaf), mac.tag) ? 'good' : 'bad';
    },
    tags: (tenant, kid, leaves, end) => {
      const derive = derivers.get(kid);
      if (!derive || end > (revokedFrom.get(kid) ?? Number.POSITIVE_INFINITY)) return undefined;
      return macRecords(derive(tenant).key, leaves);
    },
    steady: (digest) => (current && oldest ? macRecord(oldest('system').key, digest) : undefined),
  };
}
