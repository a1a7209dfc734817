import { PolicyError } from '@spanforge/policy';
import { z } from 'zod';

const share = z.number().min(0).max(1);
const whole = z.int().min(0);

const schema = z
  .strictObject({
    /** Percent of the units on the candidate, rising, the last one 100. */
    steps: z
      .array(z.number().gt(0).max(100))
      // One step would compare nothing, because there is no baseline at 100 percent.
      .min(2)
      .max(20)
      .refine(
        (steps) => steps.every((step, at) => at === 0 || step > (steps[at - 1] ?? 100)),
        'must rise',
      )
      .refine((steps) => steps.at(-1) === 100, 'must end at 100')
      .default([10, 50, 100]),
    /** The probability of rolling back a candidate that is no different from the baseline. */
    alpha: z.number().gt(0).lt(1).default(0.05),
    /** The tolerated ratio of the rates of blocked units, candidate to baseline. */
    blockRate: z
      .strictObject({
        /** Of alpha. */
        share: share.default(0.5),
        maxRatio: z.number().min(1).max(1000).default(1),
        /** 0 tolerates any decrease. */
        minRatio: z.number().min(0).max(1).default(1),
      })
      .prefault({}),
    /** The tolerated difference of the shares that reviewers overturn. */
    overturnRate: z
      .strictObject({
        /** Of alpha. */
        share: share.default(0.5),
        maxDifference: z.number().min(0).lt(1).default(0),
      })
      .prefault({}),
    /** The conditions for the next step. */
    advance: z
      .strictObject({
        minCandidateUnits: whole.default(200),
        minDurationMs: whole.default(3_600_000),
        /** The upper bound of the ratio of block rates has to be at or below this. */
        provenRatio: z.number().gt(1).optional(),
      })
      .prefault({}),
    /**
     * Limits. If one is exceeded in each of the set number of consecutive minutes, the candidate is
     * rolled back.
     */
    limits: z
      .strictObject({
        errorRate: share.default(0.01),
        /** Milliseconds, the mean of the calls of a minute. */
        latencyMs: z.number().min(0).default(3000),
        minutes: z.int().min(1).max(60).default(5),
      })
      .prefault({}),
  })
  .refine(({ blockRate, overturnRate }) => blockRate.share + overturnRate.share <= 1, {
    error: 'the shares of alpha exceed 1',
    path: ['alpha'],
  });

/** The rules of a canary, with every default filled in. */
export type CanaryRules = Readonly<z.output<typeof schema>>;

/** The rules of a canary as people write them; every part has a default. */
export type CanaryRulesInput = z.input<typeof schema>;

/**
 * Checks the rules of a canary and fills in the defaults: 10, 50 and 100 percent, an alpha of 0.05,
 * error rate above 1 percent or latency above 3 s for five consecutive minutes.
 *
 * @throws {PolicyError} `POLICY_CANARY_INVALID` with the path of the first fault.
 */
export function parseCanaryRules(value: CanaryRulesInput = {}): CanaryRules {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? []).map(String).join('.');
  throw new PolicyError('POLICY_CANARY_INVALID', `${path}: ${issue?.message ?? 'invalid'}`, {
    details: { path },
    cause: parsed.error,
  });
}
