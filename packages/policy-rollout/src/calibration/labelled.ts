import { type LabelledObservation, PolicyError } from '@spanforge/policy';
import { z } from 'zod';

/** The run-time schema of {@link LabelledObservation}. */
const observation: z.ZodType<LabelledObservation> = z
  .strictObject({
    decisionId: z.string().optional(),
    observed: z.number(),
    flagged: z.boolean(),
    label: z.enum(['true_positive', 'false_positive', 'needs_tuning', 'unlabelled']),
    samplingProbability: z.number().gt(0).max(1).optional(),
  })
  .transform(withoutUndefined);

function withoutUndefined(
  read: {
    readonly [Part in keyof LabelledObservation]: LabelledObservation[Part] | undefined;
  },
): LabelledObservation {
  const { decisionId, samplingProbability, observed, flagged, label } = read;
  return {
    observed,
    flagged,
    label,
    ...(decisionId === undefined ? {} : { decisionId }),
    ...(samplingProbability === undefined ? {} : { samplingProbability }),
  } as LabelledObservation;
}

const options = z.strictObject({
  /** `false_positive_rate`: share of the harmless that is flagged. `miss_rate`: of the harmful that is not. */
  goal: z.enum(['false_positive_rate', 'miss_rate']),
  /** The highest acceptable rate. */
  atMost: z.number().gt(0).lt(1),
  /** The confidence of the bound, over the random draw of the observations; 0.95 when absent. */
  confidence: z.number().gt(0).lt(1).default(0.95),
  /** `above` for a rule that flags `observed > threshold`, `below` for `observed < threshold`. */
  flags: z.enum(['above', 'below']).default('above'),
});

/** The goal of a threshold. */
export type ThresholdGoal = z.input<typeof options>;

/** The same with every default filled in. */
export type CheckedGoal = Readonly<z.output<typeof options>>;

/** @throws {PolicyError} `POLICY_CALIBRATION_INVALID` with the path of the first fault. */
export function readCalibration(
  observations: readonly LabelledObservation[],
  goal: ThresholdGoal,
): { readonly observations: readonly LabelledObservation[]; readonly goal: CheckedGoal } {
  return { observations: read(z.array(observation), observations), goal: read(options, goal) };
}

function read<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? []).map(String).join('.');
  throw new PolicyError('POLICY_CALIBRATION_INVALID', `${path}: ${issue?.message ?? 'invalid'}`, {
    details: { path },
    cause: parsed.error,
  });
}
