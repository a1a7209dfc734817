import { concatBytes, utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import { isSize } from './size.js';

const TIMESTAMP_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** A witness's signature and its time, in seconds since 1970. */
export interface Cosignature {
  readonly timestamp: number;
  readonly signature: Uint8Array;
}

/**
 * The bytes a witness signs: header, time in seconds since 1970, checkpoint body (C2SP
 * tlog-cosignature, cosignature/v1).
 *
 * @throws {SigningError} `SIGNING_NOTE_INVALID` for a time that is not an integer from 0 to
 * 2^53 - 1.
 */
export function cosignedMessage(timestamp: number, checkpointBody: string): Uint8Array {
  if (!isSize(timestamp)) throw invalidTimeError();
  return utf8(`cosignature/v1\ntime ${timestamp}\n${checkpointBody}`);
}

/** The bytes of a cosignature in a note: 8 bytes of time, big-endian, then the signature. */
export function encodeCosignature({ timestamp, signature }: Cosignature): Uint8Array {
  if (!isSize(timestamp)) throw invalidTimeError();
  const time = new Uint8Array(TIMESTAMP_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(timestamp));
  return concatBytes(time, signature);
}

/** Decodes the bytes of a cosignature; undefined for another length or a time beyond 2^53 - 1. */
export function decodeCosignature(bytes: Uint8Array): Cosignature | undefined {
  if (bytes.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const timestamp = Number(view.getBigUint64(0));
  return isSize(timestamp) ? { timestamp, signature: bytes.slice(TIMESTAMP_BYTES) } : undefined;
}

function invalidTimeError(): SigningError {
  return new SigningError('SIGNING_NOTE_INVALID', 'the time of a cosignature is out of range', {
    details: { reason: 'timestamp' },
  });
}
