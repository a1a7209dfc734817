import { fromBase64 } from '../bytes.js';
import { SigningError } from '../error.js';
import { createKeySet, type KeySet } from '../keys/key-set.js';
import { keyStanding } from '../keys/standing.js';
import type { VerificationKey } from '../keys/types.js';
import { type Envelope, type EnvelopeSignature, invalidEnvelopeError, pae } from './envelope.js';

/** A payload that enough trusted keys have signed. */
export interface VerifiedEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** The distinct trusted keys that signed. */
  readonly signers: readonly string[];
  /** The number of signatures by keys that are not trusted. */
  readonly unknown: number;
  /** Trusted keys named by a signature that does not verify. */
  readonly bad: readonly string[];
  /** Trusted keys whose signature does not count: they were retired or revoked before. */
  readonly lapsed: readonly string[];
}

/**
 * Verifies an envelope (DSSE v1) against keys from outside it.
 *
 * A signature that names a trusted key must verify with it; one that names none is tried with every
 * trusted key. The threshold counts distinct trusted keys, however many signatures each one has.
 * `payloadType` is authenticated; the caller must compare it.
 *
 * A key with limits counts if `size` is within them; without a size, a retired key counts and a
 * revoked one does not.
 *
 * @throws {SigningError} `SIGNING_THRESHOLD_NOT_MET` when fewer than `threshold` keys signed,
 * `SIGNING_ARGUMENT_INVALID` for a threshold that is not an integer from 1 to the number of
 * keys, `SIGNING_ENVELOPE_INVALID` or `SIGNING_ENCODING_INVALID` for a malformed envelope,
 * `SIGNING_KEY_DUPLICATE` or `SIGNING_KEY_ROLE_CONFLICT` for the list of keys.
 */
export async function verifyEnvelope(
  envelope: Envelope,
  options: {
    readonly keys: KeySet | readonly VerificationKey[];
    readonly threshold: number;
    /** The size of the log that the payload relies on, if it does. */
    readonly size?: number | undefined;
  },
): Promise<VerifiedEnvelope> {
  const keys = 'list' in options.keys ? options.keys : createKeySet(options.keys);
  checkThreshold(options.threshold, keys.size);
  const { payloadType } = envelope;
  if (envelope.signatures.length > 100) throw invalidEnvelopeError('signatures');
  const payload = fromBase64(envelope.payload);
  const tally = await count(envelope.signatures, pae(payloadType, payload), keys, options.size);
  if (tally.signers.length >= options.threshold) return { payloadType, payload, ...tally };
  throw new SigningError('SIGNING_THRESHOLD_NOT_MET', 'too few trusted keys have signed', {
    details: {
      threshold: options.threshold,
      signers: tally.signers.length,
      unknown: tally.unknown,
      bad: tally.bad.length,
      lapsed: tally.lapsed.join(' '),
    },
  });
}

async function count(
  signatures: readonly EnvelopeSignature[],
  message: Uint8Array,
  keys: KeySet,
  size: number | undefined,
): Promise<Pick<VerifiedEnvelope, 'signers' | 'unknown' | 'bad' | 'lapsed'>> {
  const signers = new Set<string>();
  const lapsed = new Set<string>();
  const bad = new Set<string>();
  let unknown = 0;
  for (const { keyid, sig } of signatures) {
    const named = keyid === undefined ? undefined : keys.get(keyid);
    const candidates = keyid === undefined ? keys.list() : named === undefined ? [] : [named];
    const signer = await findSigner(candidates, message, fromBase64(sig));
    if (signer !== undefined) {
      (keyStanding(signer, size) === 'good' ? signers : lapsed).add(signer.kid);
    } else if (named !== undefined) bad.add(named.kid);
    else unknown += 1;
  }
  return { signers: [...signers], unknown, bad: [...bad], lapsed: [...lapsed] };
}

async function findSigner(
  candidates: readonly VerificationKey[],
  message: Uint8Array,
  signature: Uint8Array,
): Promise<VerificationKey | undefined> {
  for (const key of candidates) {
    if (await key.verify(message, signature)) return key;
  }
  return undefined;
}

function checkThreshold(threshold: number, keys: number): void {
  if (Number.isInteger(threshold) && threshold >= 1 && threshold <= keys) return;
  throw new SigningError('SIGNING_ARGUMENT_INVALID', 'no set of these keys meets the threshold', {
    details: { threshold, keys },
  });
}
