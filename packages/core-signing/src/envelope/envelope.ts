import { concatBytes, fromBase64, toBase64, utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import { canonicalize } from '../json/canonicalize.js';
import { readMembers } from '../json/members.js';
import { type ParseJsonLimits, parseJson } from '../json/parse.js';
import type { SigningKey } from '../keys/types.js';

const MAX_SIGNATURES = 100;

/** One signature of an envelope; `keyid` is an unauthenticated hint. */
export interface EnvelopeSignature {
  readonly keyid?: string;
  /** Standard base64. */
  readonly sig: string;
}

/** A DSSE envelope on the wire. */
export interface Envelope {
  readonly payloadType: string;
  /** Standard base64. */
  readonly payload: string;
  readonly signatures: readonly EnvelopeSignature[];
}

/** The bytes to sign: the pre-authentication encoding of DSSE v1. */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  return concatBytes(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload);
}

/**
 * Signs a payload with every key given (DSSE v1); `keyid` is the key's thumbprint.
 *
 * @throws {SigningError} `SIGNING_ENVELOPE_INVALID` without a payload type or without keys,
 * `SIGNING_KEY_DUPLICATE` for one key twice.
 */
export async function signEnvelope(options: {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly keys: readonly SigningKey[];
}): Promise<Envelope> {
  const { payloadType, payload, keys } = options;
  if (payloadType === '') throw invalidEnvelopeError('payload type');
  if (keys.length === 0 || keys.length > MAX_SIGNATURES)
    throw invalidEnvelopeError('number of keys');
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) {
    throw new SigningError('SIGNING_KEY_DUPLICATE', 'expected each signing key once');
  }
  const message = pae(payloadType, payload);
  const encoded = toBase64(payload);
  const signatures = await Promise.all(
    keys.map(async (key) => ({ keyid: key.kid, sig: toBase64(await key.sign(message)) })),
  );
  return { payloadType, payload: encoded, signatures };
}

/**
 * Parses an envelope's JSON. Nothing is verified.
 *
 * @throws {SigningError} `SIGNING_ENVELOPE_INVALID` for unknown or missing members, base64 other
 * than canonical standard base64, or more than 100 signatures; the `SIGNING_JSON_` codes of
 * `parseJson`.
 */
export function parseEnvelope(input: string | Uint8Array, limits: ParseJsonLimits = {}): Envelope {
  const read = readMembers(parseJson(input, limits), ['payloadType', 'payload', 'signatures']);
  const payloadType = read?.('payloadType');
  const payload = read?.('payload');
  const signatures = read?.('signatures');
  if (typeof payloadType !== 'string' || payloadType === '')
    throw invalidEnvelopeError('payload type');
  if (typeof payload !== 'string' || !isBase64(payload)) throw invalidEnvelopeError('payload');
  if (!Array.isArray(signatures) || signatures.length > MAX_SIGNATURES) {
    throw invalidEnvelopeError('signatures');
  }
  return { payloadType, payload, signatures: signatures.map(parseSignature) };
}

/** An envelope as canonical JSON. */
export function formatEnvelope(envelope: Envelope): string {
  return canonicalize(envelope);
}

export function invalidEnvelopeError(reason: string): SigningError {
  return new SigningError('SIGNING_ENVELOPE_INVALID', `the envelope is invalid: ${reason}`, {
    details: { reason },
  });
}

function parseSignature(value: unknown): EnvelopeSignature {
  const read = readMembers(value, ['sig'], ['keyid']);
  const sig = read?.('sig');
  const keyid = read?.('keyid');
  if (typeof sig !== 'string' || !isBase64(sig)) throw invalidEnvelopeError('signature');
  if (keyid === undefined) return { sig };
  if (typeof keyid !== 'string') throw invalidEnvelopeError('keyid');
  return { keyid, sig };
}

function isBase64(text: string): boolean {
  try {
    fromBase64(text);
    return true;
  } catch {
    return false;
  }
}
