import {
  canonicalize,
  formatEnvelope,
  fromBase64,
  parseEnvelope,
  parseJson,
  SigningError,
  type SigningKey,
  signEnvelope,
  utf8,
  type VerificationKey,
} from '@spanforge/core-signing';
import { GateError } from '../error.js';
import { readRegularFile } from '../files/open-regular.js';
import { checkSignatures } from './check-signatures.js';

const PAYLOAD_TYPE = 'application/vnd.spanforge.gate-baseline+json';
const MAX_BYTES = 16 * 1024 * 1024;

/** Default path of the baseline of a gate. */
export const defaultBaselinePath = (gateId: string): string => `.sf-gate/baselines/${gateId}.json`;

/** Makes an error about the baseline at this path. */
export const invalidBaselineError = (path: string, why: string, cause?: unknown): GateError =>
  new GateError('GATE_BASELINE_INVALID', `${path}: ${why}`, { details: { file: path }, cause });

/** Serialises a baseline, signed if there are keys. */
export async function sealBaseline(baseline: object, keys: readonly SigningKey[]): Promise<string> {
  const text = canonicalize(baseline);
  if (keys.length === 0) return `${text}\n`;
  const envelope = await signEnvelope({ payloadType: PAYLOAD_TYPE, payload: utf8(text), keys });
  return `${formatEnvelope(envelope)}\n`;
}

async function payloadOf(
  bytes: Uint8Array,
  path: string,
  keys: readonly VerificationKey[],
): Promise<Uint8Array> {
  const value = parseJson(bytes, { maxBytes: MAX_BYTES });
  const sealed = typeof value === 'object' && value !== null && 'signatures' in value;
  if (!sealed && keys.length > 0) throw invalidBaselineError(path, 'the baseline is not signed');
  if (!sealed) return bytes;
  const envelope = parseEnvelope(bytes, { maxBytes: MAX_BYTES });
  if (envelope.payloadType !== PAYLOAD_TYPE) throw invalidBaselineError(path, 'not a baseline');
  const payload = fromBase64(envelope.payload);
  if (keys.length === 0) return payload;
  const { signers, problem } = await checkSignatures(envelope, keys);
  if (problem !== undefined) throw invalidBaselineError(path, problem);
  if (signers.length === 0) throw invalidBaselineError(path, 'no trusted key signed it');
  return payload;
}

/**
 * Reads what {@link sealBaseline} wrote. Where there are trusted keys, each
 * algorithm of them must have signed.
 *
 * @throws {GateError} `GATE_INPUT_UNREADABLE`, `GATE_BASELINE_INVALID`.
 */
export async function openBaseline(
  path: string,
  keys: readonly VerificationKey[],
): Promise<{ readonly value: unknown; readonly bytes: Uint8Array }> {
  const bytes = await readRegularFile(path, MAX_BYTES);
  try {
    const payload = await payloadOf(bytes, path, keys);
    return { value: parseJson(payload, { maxBytes: MAX_BYTES }), bytes };
  } catch (cause) {
    if (!SigningError.is(cause)) throw cause;
    throw invalidBaselineError(path, 'its signature or its JSON is not valid', cause);
  }
}
