import {
  canonicalize,
  createKeySet,
  type Envelope,
  type EnvelopeSignature,
  fromBase64,
  fromUtf8,
  type KeySet,
  parseEnvelope,
  type SigningKey,
  signEnvelope,
  toBase64,
  utf8,
  type VerificationKey,
  verifyEnvelope,
} from '@spanforge/core-signing';
import type { PolicyBundle } from '../bundle/bundle.js';
import { PolicyError } from '../error.js';

/** What the signatures of a bundle say they are over (DSSE). */
export const BUNDLE_PAYLOAD_TYPE = 'application/vnd.spanforge.policy-bundle+json';

/** The signatures a bundle needs before it can be in force. */
export interface SignaturePolicy {
  /** How many distinct keys must have signed, 1 to the number of keys. */
  readonly threshold: number;
  readonly keys: readonly VerificationKey[];
}

/** The same, checked. */
export interface TrustedSigners {
  readonly threshold: number;
  readonly keys: KeySet;
}

/** They stand in one record, beside a part of the bundle. */
const MAX_SIGNATURES = 32;
const MAX_KEYID_LENGTH = 128;

/** @throws {PolicyError} `POLICY_OPTIONS_INVALID`. */
export function checkSignaturePolicy(policy: SignaturePolicy): TrustedSigners {
  const { threshold } = policy;
  try {
    const keys = createKeySet(policy.keys);
    if (Number.isInteger(threshold) && threshold >= 1 && threshold <= keys.size) {
      return { threshold, keys };
    }
  } catch (cause) {
    throw invalidOptionsError(cause);
  }
  throw invalidOptionsError();
}

function invalidOptionsError(cause?: unknown): PolicyError {
  const message = 'signatures: expected distinct keys, and a threshold from 1 to their number';
  return new PolicyError('POLICY_OPTIONS_INVALID', message, { cause });
}

/**
 * Signs the canonical bytes of a bundle with every key given (DSSE v1), as {@link Policy} asks for
 * where signatures are required. With an earlier envelope over the same bytes its signatures are
 * kept, so that people can sign one after another.
 *
 * @throws {PolicyError} `POLICY_SIGNATURE_INVALID` when the earlier envelope is over other bytes.
 * @throws {SigningError} `SIGNING_ENVELOPE_INVALID` without keys, `SIGNING_KEY_DUPLICATE` for one
 *   key twice.
 */
export async function signBundle(
  bundle: PolicyBundle,
  keys: SigningKey | readonly SigningKey[],
  earlier?: Envelope,
): Promise<Envelope> {
  const list = 'sign' in keys ? [keys] : keys;
  const signed = await signEnvelope({
    payloadType: BUNDLE_PAYLOAD_TYPE,
    payload: utf8(bundle.canonical),
    keys: list,
  });
  if (earlier === undefined) return signed;
  const own = new Set(list.map(({ kid }) => kid));
  const kept = readSignatures(earlier, bundle).filter(({ keyid = '' }) => !own.has(keyid));
  return { ...signed, signatures: [...kept, ...signed.signatures] };
}

type Fault =
  | 'malformed'
  | 'payload_type'
  | 'payload'
  | 'too_many'
  | 'duplicate_signature'
  | 'bad_signature'
  | 'unknown_signature'
  | 'threshold';

function invalid(
  reason: Fault,
  more: { readonly signers?: number; readonly cause?: unknown } = {},
) {
  const { signers, cause } = more;
  const details = signers === undefined ? { reason } : { reason, signers };
  const message = `the signatures of the bundle are not accepted: ${reason}`;
  return new PolicyError('POLICY_SIGNATURE_INVALID', message, { details, cause });
}

/** The signatures of an envelope that is over exactly the bytes of a bundle; nothing is verified yet. */
function readSignatures(given: Envelope, bundle: PolicyBundle): readonly EnvelopeSignature[] {
  let envelope: Envelope;
  let payload: string;
  try {
    // A copy: what is checked is what is recorded, whatever happens to the object meanwhile.
    envelope = parseEnvelope(canonicalize(given));
    payload = fromUtf8(fromBase64(envelope.payload));
  } catch (cause) {
    throw invalid('malformed', { cause });
  }
  if (envelope.payloadType !== BUNDLE_PAYLOAD_TYPE) throw invalid('payload_type');
  if (payload !== bundle.canonical) throw invalid('payload');
  if (envelope.signatures.length > MAX_SIGNATURES) throw invalid('too_many');
  if (envelope.signatures.some(({ keyid = '' }) => keyid.length > MAX_KEYID_LENGTH)) {
    throw invalid('malformed');
  }
  return envelope.signatures;
}

const envelopeOver = (text: string, signatures: readonly EnvelopeSignature[]): Envelope => ({
  payloadType: BUNDLE_PAYLOAD_TYPE,
  payload: toBase64(utf8(text)),
  signatures,
});

/**
 * The signatures a step carries into the log. Stricter than what is read back: a signature that
 * proves nothing to anybody here has no business on record.
 *
 * @throws {PolicyError} `POLICY_SIGNATURE_REQUIRED`, `POLICY_SIGNATURE_INVALID`.
 */
export async function checkSignatures(
  given: Envelope | undefined,
  bundle: PolicyBundle,
  trusted: TrustedSigners | undefined,
): Promise<readonly EnvelopeSignature[] | undefined> {
  if (given === undefined) {
    if (trusted === undefined) return undefined;
    throw new PolicyError('POLICY_SIGNATURE_REQUIRED', 'the bundle must be signed', {
      details: { threshold: trusted.threshold },
    });
  }
  const signatures = readSignatures(given, bundle);
  if (trusted === undefined) return signatures;
  let signers = 0;
  const seen = new Set<string>();
  for (const one of signatures) {
    const signer = await findSigner(one, bundle.canonical, trusted.keys);
    if (seen.has(signer)) throw invalid('duplicate_signature');
    seen.add(signer);
    signers += 1;
  }
  if (signers < trusted.threshold) throw invalid('threshold', { signers });
  return signatures;
}

async function findSigner(one: EnvelopeSignature, text: string, keys: KeySet): Promise<string> {
  try {
    const verified = await verifyEnvelope(envelopeOver(text, [one]), { keys, threshold: 1 });
    const [signer] = verified.signers;
    if (signer !== undefined) return signer;
  } catch {
    // Told apart below.
  }
  const known = one.keyid !== undefined && keys.get(one.keyid) !== undefined;
  throw invalid(known ? 'bad_signature' : 'unknown_signature');
}

/**
 * Whether enough distinct trusted keys signed a bundle that is on record. Other signatures beside
 * theirs count for nothing, so that replicas with an older or a newer list of keys go on.
 */
export async function isSigned(
  text: string,
  signatures: readonly EnvelopeSignature[] | undefined,
  { keys, threshold }: TrustedSigners,
): Promise<boolean> {
  if (signatures === undefined) return false;
  try {
    await verifyEnvelope(envelopeOver(text, signatures), { keys, threshold });
    return true;
  } catch {
    return false;
  }
}
