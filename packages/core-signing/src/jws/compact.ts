import { fromBase64Url } from '../bytes.js';
import { SigningError } from '../error.js';
import { parseJson } from '../json/parse.js';
import type { JsonValue } from '../json/types.js';

const MAX_LENGTH = 1_048_576;
const MAX_HEADER_BYTES = 65_536;

/** The parts of a compact JWS, parsed more strictly than JOSE libraries do. Nothing is verified. */
export function readCompact(token: string): {
  readonly header: { readonly [name: string]: JsonValue };
  readonly signature: Uint8Array;
} {
  if (typeof token !== 'string' || token.length > MAX_LENGTH) throw invalidJwsError('form');
  const [protectedPart, payload, signature, extra] = token.split('.', 4);
  if (protectedPart === undefined || payload === undefined || signature === undefined) {
    throw invalidJwsError('form');
  }
  if (extra !== undefined) throw invalidJwsError('form');
  const header = decodeHeader(protectedPart);
  decode(payload);
  return { header, signature: decode(signature) };
}

export function invalidJwsError(reason: string, cause?: unknown): SigningError {
  return new SigningError('SIGNING_JWS_INVALID', `the JWS is refused: ${reason}`, {
    details: { reason },
    cause,
  });
}

function decodeHeader(part: string): { readonly [name: string]: JsonValue } {
  const header = parseHeader(decode(part));
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw invalidJwsError('header');
  }
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) throw invalidJwsError('crit');
  return header as { readonly [name: string]: JsonValue };
}

function parseHeader(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes, { maxBytes: MAX_HEADER_BYTES });
  } catch (cause) {
    throw invalidJwsError('header', cause);
  }
}

function decode(part: string): Uint8Array {
  try {
    return fromBase64Url(part);
  } catch (cause) {
    throw invalidJwsError('form', cause);
  }
}
