import { concatBytes, fromBase64Url } from '../bytes.js';
import { SigningError } from '../error.js';
import { ed25519PointFault } from './ed25519-point.js';
import { p256PointFault } from './p256-point.js';
import type { KeyAlgorithm, PublicJwk } from './types.js';

const COORDINATE = 32;
const PRIVATE_MEMBERS = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth'];
const ALGORITHM_NAMES: Readonly<Record<KeyAlgorithm, readonly string[]>> = {
  Ed25519: ['EdDSA', 'Ed25519'],
  ES256: ['ES256'],
};

/** The algorithm of a key, which follows from its curve. */
export function algorithmOf(jwk: PublicJwk): KeyAlgorithm {
  return jwk.kty === 'OKP' ? 'Ed25519' : 'ES256';
}

/** 32 bytes for Ed25519, the 65-byte uncompressed point for ES256. */
export function publicKeyBytes(jwk: PublicJwk): Uint8Array {
  const x = fromBase64Url(jwk.x);
  return jwk.kty === 'OKP' ? x : concatBytes(Uint8Array.of(4), x, fromBase64Url(jwk.y));
}

/**
 * Reads the public half of a JWK and checks its form, its point, and that it is meant for
 * signatures.
 */
export function readPublicJwk(value: unknown, operation: 'sign' | 'verify' = 'verify'): PublicJwk {
  const jwk = readPoint(value);
  checkPurpose(memberReader(value), algorithmOf(jwk), operation);
  return jwk;
}

/** Reads the required public members and checks the point, but not the purpose of the key. */
export function readPoint(value: unknown): PublicJwk {
  const member = memberReader(value);
  const kty = member('kty');
  const crv = member('crv');
  if (kty === 'OKP' && crv === 'Ed25519') {
    const x = readCoordinate('x', member('x'));
    refuseFault(ed25519PointFault(x.bytes));
    return Object.freeze({ kty, crv, x: x.text });
  }
  if (kty === 'EC' && crv === 'P-256') {
    const x = readCoordinate('x', member('x'));
    const y = readCoordinate('y', member('y'));
    refuseFault(p256PointFault(x.bytes, y.bytes));
    return Object.freeze({ kty, crv, x: x.text, y: y.text });
  }
  throw invalidKeyError('neither Ed25519 nor P-256', 'kty');
}

/** Refuses a JWK with secret members. */
export function refusePrivateMembers(value: unknown): void {
  const member = memberReader(value);
  const secret = PRIVATE_MEMBERS.find((name) => member(name) !== undefined);
  if (secret === undefined && member('kty') !== 'oct') return;
  throw new SigningError(
    'SIGNING_KEY_PRIVATE',
    'expected a public key; this one has private members',
    {
      details: { member: secret ?? 'kty' },
    },
  );
}

/**
 * Reads the private member of a JWK. Whether it matches the public half is tested by the importer.
 */
export function readPrivateMember(value: unknown): string {
  return readCoordinate('d', memberReader(value)('d')).text;
}

/** Checks that the `kid` of a JWK, if there is one, is the thumbprint. */
export function checkKid(value: unknown, kid: string): void {
  const named = memberReader(value)('kid');
  if (named !== undefined && named !== kid)
    throw invalidKeyError('kid is not the thumbprint', 'kid');
}

/** Reads own data members only; a getter is not run. */
export function memberReader(value: unknown): (name: string) => unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidKeyError('not a JWK object');
  }
  return (name) => Object.getOwnPropertyDescriptor(value, name)?.value;
}

export function invalidKeyError(reason: string, member = ''): SigningError {
  return new SigningError('SIGNING_KEY_INVALID', `the key cannot be used: ${reason}`, {
    details: member === '' ? { reason } : { reason, member },
  });
}

function refuseFault(fault: string | undefined): void {
  if (fault !== undefined) throw invalidKeyError(`the point is ${fault}`);
}

function readCoordinate(name: string, value: unknown): { text: string; bytes: Uint8Array } {
  // The cause of a decoding error is left out: this also reads `d`.
  const bytes = typeof value === 'string' ? tryBase64Url(value) : undefined;
  if (typeof value !== 'string' || bytes?.length !== COORDINATE) {
    throw invalidKeyError('a coordinate is not 32 bytes of base64url', name);
  }
  return { text: value, bytes };
}

function tryBase64Url(text: string): Uint8Array | undefined {
  try {
    return fromBase64Url(text);
  } catch {
    return undefined;
  }
}

/** RFC 7517, sections 4.2 to 4.4: if a key states its purpose, this must be signatures. */
function checkPurpose(
  member: (name: string) => unknown,
  algorithm: KeyAlgorithm,
  operation: 'sign' | 'verify',
): void {
  const alg = member('alg');
  const use = member('use');
  const operations = member('key_ops');
  if (alg !== undefined && !ALGORITHM_NAMES[algorithm].includes(String(alg))) {
    throw invalidKeyError('alg does not fit the curve', 'alg');
  }
  if (use !== undefined && use !== 'sig') throw invalidKeyError('not for signatures', 'use');
  if (operations === undefined) return;
  if (!Array.isArray(operations) || !operations.includes(operation)) {
    throw invalidKeyError('not for this operation', 'key_ops');
  }
}
