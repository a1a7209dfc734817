import {
  canonicalize,
  formatEnvelope,
  parseEnvelope,
  parseJson,
  SigningError,
  type SigningKey,
  signEnvelope,
  utf8,
  type VerificationKey,
  verifyEnvelope,
} from '@spanforge/core-signing';
import { z } from 'zod';
import { GateError } from '../error.js';
import { readRegularFile } from '../files/open-regular.js';

const PAYLOAD_TYPE = 'application/vnd.spanforge.gate-baseline+json';
const MAX_BYTES = 16 * 1024 * 1024;
/** Durations that a baseline keeps; of more, every so-manieth in ascending order. */
const MAX_KEPT = 5000;

const schema = z.strictObject({
  v: z.literal('spanforge.gate-baseline.v1'),
  gate_id: z.string(),
  created: z.iso.datetime(),
  spans: z.int().min(1),
  durations_ms: z.array(z.number().min(0)).min(1).max(MAX_KEPT),
});

/** What a performance gate compares with. */
export type Baseline = z.infer<typeof schema>;

const invalid = (path: string, why: string, cause?: unknown): GateError =>
  new GateError('GATE_BASELINE_INVALID', `${path}: ${why}`, { details: { file: path }, cause });

/** Thins sorted durations evenly, so that their distribution stays. */
export function keepEvenly(sorted: readonly number[]): readonly number[] {
  if (sorted.length <= MAX_KEPT) return [...sorted];
  return Array.from(
    { length: MAX_KEPT },
    (_, at) => sorted[Math.round((at * (sorted.length - 1)) / (MAX_KEPT - 1))] ?? 0,
  );
}

/** A baseline as it is stored: signed where there are keys. */
export async function sealBaseline(
  baseline: Baseline,
  keys: readonly SigningKey[],
): Promise<string> {
  const text = canonicalize(baseline);
  if (keys.length === 0) return `${text}\n`;
  const envelope = await signEnvelope({ payloadType: PAYLOAD_TYPE, payload: utf8(text), keys });
  return `${formatEnvelope(envelope)}\n`;
}

/**
 * Reads a baseline. Where there are trusted keys one of them must have signed it.
 *
 * @throws {GateError} `GATE_INPUT_UNREADABLE`, `GATE_BASELINE_INVALID`.
 */
export async function readBaseline(
  path: string,
  gateId: string,
  keys: readonly VerificationKey[],
): Promise<Baseline> {
  const bytes = await readRegularFile(path, MAX_BYTES);
  let payload: Uint8Array = bytes;
  try {
    const value = parseJson(bytes, { maxBytes: MAX_BYTES });
    const sealed = typeof value === 'object' && value !== null && 'signatures' in value;
    if (!sealed && keys.length > 0) throw invalid(path, 'the baseline is not signed');
    if (sealed) {
      const envelope = parseEnvelope(bytes, { maxBytes: MAX_BYTES });
      if (envelope.payloadType !== PAYLOAD_TYPE) throw invalid(path, 'not a baseline');
      payload =
        keys.length > 0
          ? (await verifyEnvelope(envelope, { keys, threshold: 1 })).payload
          : Buffer.from(envelope.payload, 'base64');
    }
    const parsed = schema.safeParse(parseJson(payload, { maxBytes: MAX_BYTES }));
    if (!parsed.success) throw invalid(path, 'not a baseline', parsed.error);
    if (parsed.data.gate_id !== gateId) throw invalid(path, 'the baseline of another gate');
    return parsed.data;
  } catch (cause) {
    if (!SigningError.is(cause)) throw cause;
    throw invalid(path, 'its signature or its JSON is not valid', cause);
  }
}
