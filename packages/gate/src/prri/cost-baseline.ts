import { lstat } from 'node:fs/promises';
import { sha256, toHex } from '@spanforge/core-signing';
import { z } from 'zod';
import type { ExecutorInput, GateInput } from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { defaultBaselinePath, invalidBaselineError, openBaseline } from '../signatures/baseline.js';

const schema = z.strictObject({
  v: z.literal('spanforge.gate-cost-baseline.v1'),
  gate_id: z.string(),
  created: z.iso.datetime(),
  spans: z.int().min(1),
  mean_cost: z.number().positive(),
  currency: z.string(),
});

/** What a readiness gate compares its costs with. */
export type CostBaseline = z.infer<typeof schema>;

/**
 * Reads the stored cost baseline of a gate; undefined if none was ever set. A baseline that exists
 * but cannot be verified is an error, not a missing one.
 *
 * @throws {GateError} `GATE_INPUT_UNREADABLE`, `GATE_BASELINE_INVALID`.
 */
export async function readCostBaseline({
  gate,
  services,
}: ExecutorInput): Promise<
  { readonly baseline: CostBaseline; readonly input: GateInput } | undefined
> {
  const name = defaultBaselinePath(gate.id);
  const path = insideRoot(services.root, name);
  if ((await lstat(path).catch(() => undefined)) === undefined) return undefined;
  const { value, bytes } = await openBaseline(path, services.verificationKeys);
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidBaselineError(name, 'not a baseline of costs', parsed.error);
  if (parsed.data.gate_id !== gate.id)
    throw invalidBaselineError(name, 'the baseline of another gate');
  return { baseline: parsed.data, input: { name, sha256: toHex(sha256(bytes)) } };
}
