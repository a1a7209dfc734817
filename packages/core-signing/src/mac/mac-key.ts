import { createMac, createMacMany } from '#platform';
import { utf8 } from '../bytes.js';
import { hkdfSha256 } from '../digest.js';
import { SigningError } from '../error.js';
import { assertStrongSecret } from './secret.js';

/** Bytes of a derived key. */
const KEY_BYTES = 32;

const NAME = /^[\x21-\x7e]{1,128}$/;

/** A prepared HMAC-SHA256 key; its secret is in no property, so printing it shows nothing. */
export interface MacKey {
  readonly kid: string;
  /** HMAC-SHA256 (RFC 2104), 32 bytes; about a microsecond for a short message in Node. */
  mac(data: Uint8Array): Uint8Array;
  /**
   * The HMACs of many hashes of 32 bytes, each behind the same text, one after the other: faster than {@link
   * MacKey.mac} for each, only to be compared with others. Undefined where the runtime is no faster.
   */
  macMany(before: Uint8Array, hashes: Uint8Array): Uint8Array | undefined;
}

/**
 * The HMAC key of one tenant: HKDF-SHA256 (RFC 5869) with `kid` as salt and `tenant:<tenant>` as
 * info.
 *
 * `kid` is a name the operator chose (1 to 128 printable ASCII characters), not a hash of the
 * secret. The secret is not kept; derive the key once and keep the `MacKey`.
 *
 * @throws {SigningError} `SIGNING_SECRET_WEAK` for fewer than 32 bytes, white space, or a short
 * unit repeated; `SIGNING_ARGUMENT_INVALID` for a `kid` or `tenant` that is no name;
 * `SIGNING_ENCODING_INVALID` for a tenant with a lone surrogate.
 */
export function deriveTenantKey(options: {
  readonly secret: Uint8Array;
  readonly kid: string;
  readonly tenant: string;
}): MacKey {
  return importMacKey({ kid: options.kid, secret: deriveTenantSecret(options) });
}

/**
 * The bytes of a tenant's HMAC key, 32 of them, for where a {@link MacKey} cannot go, such as another thread:
 * {@link importMacKey} makes the same key of them there. They sign every record of the tenant; keep them no
 * longer than they are needed.
 *
 * @throws {SigningError} As {@link deriveTenantKey}.
 */
export function deriveTenantSecret(options: {
  readonly secret: Uint8Array;
  readonly kid: string;
  readonly tenant: string;
}): Uint8Array<ArrayBuffer> {
  const { secret, kid, tenant } = options;
  assertStrongSecret(secret);
  if (typeof kid !== 'string' || !NAME.test(kid)) throw invalidNameError('kid');
  if (typeof tenant !== 'string' || tenant === '') throw invalidNameError('tenant');
  return hkdfSha256(secret, utf8(kid), utf8(`tenant:${tenant}`), KEY_BYTES);
}

/**
 * The key of bytes that {@link deriveTenantSecret} derived.
 *
 * @throws {SigningError} `SIGNING_ARGUMENT_INVALID` for a `kid` that is no name, or anything but 32 bytes.
 */
export function importMacKey(options: {
  readonly kid: string;
  readonly secret: Uint8Array;
}): MacKey {
  const { kid, secret } = options;
  if (typeof kid !== 'string' || !NAME.test(kid)) throw invalidNameError('kid');
  if (secret?.length !== KEY_BYTES) throw invalidNameError('secret');
  const [mac, macMany] = [createMac(secret), createMacMany(secret.slice())];
  return Object.freeze({
    kid,
    mac: (data: Uint8Array) => mac(data),
    macMany: (before: Uint8Array, hashes: Uint8Array) => macMany(before, hashes),
  });
}

function invalidNameError(name: string): SigningError {
  return new SigningError('SIGNING_ARGUMENT_INVALID', `the ${name} is not a valid name`, {
    details: { name },
  });
}
