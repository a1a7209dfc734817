import { canonicalize, sha256, toHex } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { AppendOptions } from '../ports.js';
import type { RecordKeys } from './record-keys.js';
import type { StoreGroup } from './store.js';

/** How a group joins what is in the log, in the store's terms. */
export type Joining = Pick<StoreGroup, 'idempotency' | 'claim'>;

/** Says how a group joins the log, for the tenant of its first record. */
export type Join = (options: AppendOptions, tenant: string) => Joining;

const MAX_CLAIM_LENGTH = 512;

const DOMAIN = 'spanforge.idempotency.v1\n';

function requireText(path: string, value: unknown, max: number): void {
  if (value === undefined) return;
  if (typeof value === 'string' && value.length > 0 && value.length <= max) return;
  throw new EventsError('EVENTS_OPTIONS_INVALID', `${path}: expected 1 to ${max} characters`, {
    details: { path: `$.${path}` },
  });
}

/**
 * Hides keys and request digests from the store: it gets 64 hexadecimal digits in their place, an
 * HMAC with the record key, or SHA-256 where records are not signed. A key is one tenant's; a
 * request is bound to its key, so that equal requests do not look equal.
 *
 * Claims are kept as they are: they must mean the same for as long as the log lives, under whatever
 * keys, and they name records (such as a review) that stand in the log anyway.
 */
export function createJoin(keys: RecordKeys): Join {
  const hidden = (...parts: readonly string[]): string => {
    const digest = sha256(`${DOMAIN}${canonicalize(parts)}`);
    return toHex(keys.steady(digest) ?? digest);
  };
  return ({ idempotencyKey, requestDigest, claim }, tenant) => {
    requireText('idempotencyKey', idempotencyKey, 65_536);
    requireText('requestDigest', requestDigest, 65_536);
    requireText('claim', claim, MAX_CLAIM_LENGTH);
    if (idempotencyKey === undefined) return claim === undefined ? {} : { claim };
    const key = hidden('key', tenant, idempotencyKey);
    const request = hidden('request', key, requestDigest ?? '');
    return { idempotency: { key, request }, ...(claim === undefined ? {} : { claim }) };
  };
}
