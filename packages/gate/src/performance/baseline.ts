import type { VerificationKey } from '@spanforge/core-signing';
import { z } from 'zod';
import { invalidBaselineError, openBaseline } from '../signatures/baseline.js';

/** The number of durations a baseline keeps; of more, evenly spaced ones in ascending order. */
const MAX_KEPT = 5000;

const schema = z.strictObject({
  v: z.literal('spanforge.gate-baseline.v1'),
  gate_id: z.string(),
  created: z.iso.datetime(),
  spans: z.int().min(1),
  durations_ms: z.array(z.number().min(0)).min(1).max(MAX_KEPT),
});

/** The baseline of a performance gate. */
export type Baseline = z.infer<typeof schema>;

/** Thins sorted durations evenly, which keeps their distribution. */
export function keepEvenly(sorted: readonly number[]): readonly number[] {
  if (sorted.length <= MAX_KEPT) return [...sorted];
  return Array.from(
    { length: MAX_KEPT },
    (_, at) => sorted[Math.round((at * (sorted.length - 1)) / (MAX_KEPT - 1))] ?? 0,
  );
}

/**
 * Reads a baseline. If there are trusted keys, each of their algorithms must have signed it.
 *
 * @throws {GateError} `GATE_INPUT_UNREADABLE`, `GATE_BASELINE_INVALID`.
 */
export async function readBaseline(
  path: string,
  gateId: string,
  keys: readonly VerificationKey[],
): Promise<Baseline> {
  const { value } = await openBaseline(path, keys);
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidBaselineError(path, 'not a baseline', parsed.error);
  if (parsed.data.gate_id !== gateId)
    throw invalidBaselineError(path, 'the baseline of another gate');
  return parsed.data;
}
