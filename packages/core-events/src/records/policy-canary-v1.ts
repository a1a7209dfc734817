import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

const count = z.int().min(0);
const counts = z.strictObject({ units: count, events: count });
/** Units written one after the other, 8 characters of base64url each. */
const units = z.string();

/** A look at a canary: what was seen since the last one, what follows from all of it, and why. */
export const policyCanaryV1 = defineRecordType(
  'spanforge.policy.canary.v1',
  z.strictObject({
    canary_id: name,
    /** Of the records of this canary, from 0; taken by a claim, so that two replicas never both write it. */
    sequence: count,
    phase: z.enum(['started', 'judged', 'acted']),
    unit: z.enum(['trace', 'tenant']),
    /** SHA-256, hex, over salt, unit, rules and both bundles: one canary never changes its terms. */
    config_digest: z.string(),
    baseline_digest: z.string(),
    candidate_digest: z.string(),
    /** Which step is running, from 0, and the percent of units on the candidate in it. */
    step: count,
    percent: z.number(),
    /** The percent that follows from the verdict. */
    next_percent: z.number(),
    /** Epoch milliseconds of the look. */
    time_ms: count,
    verdict: z.enum(['continue', 'advance', 'rollback', 'hold']),
    reason_code: name,
    reason: z.string(),
    /** What has to be done before `next_percent` holds (`activate`), or because it does (`rollback`). */
    action: z.enum(['none', 'activate', 'rollback']),
    /** Units counted in this step. */
    arm_sizes: z.strictObject({ candidate: count, baseline: count }),
    metrics: z.array(
      z.strictObject({
        metric: name,
        effect: z.enum(['ratio', 'difference']),
        candidate: counts,
        baseline: counts,
        estimate: z.number().optional(),
        lower: z.number(),
        upper: z.number().optional(),
        log_increase: z.number(),
        log_decrease: z.number().optional(),
        log_threshold: z.number().optional(),
      }),
    ),
    /** Canonical JSON of the rules, in the first record. */
    rules: z.string().optional(),
    /** What is new since the record before. */
    observed: z
      .strictObject({
        seen: units,
        blocked: units,
        reviewed_candidate: units,
        overturned_candidate: units,
        reviewed_baseline: units,
        overturned_baseline: units,
        /** Of the candidate's calls. */
        minutes: z.array(
          z.strictObject({ minute: count, calls: count, errors: count, latency_ms: z.number() }),
        ),
      })
      .optional(),
  }),
);

/** The payload of `spanforge.policy.canary.v1` in code. */
export type PolicyCanaryBody = RecordBody<typeof policyCanaryV1>;
