import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

const count = z.int().min(0);
const counts = z.strictObject({ units: count, events: count });
/** Units, 8 characters of base64url each, joined without a separator. */
const units = z.string();

/**
 * One evaluation of a canary: what was observed since the last one, what follows from all
 * observations, and why.
 */
export const policyCanaryV1 = defineRecordType(
  'spanforge.policy.canary.v1',
  z.strictObject({
    canary_id: name,
    /**
     * Counts the records of this canary from 0; taken by a claim, so that two replicas never both
     * write it.
     */
    sequence: count,
    phase: z.enum(['started', 'judged', 'acted']),
    unit: z.enum(['trace', 'tenant']),
    /**
     * SHA-256, hex, over salt, unit, rules and both bundles: the terms of a canary never change.
     */
    config_digest: z.string(),
    baseline_digest: z.string(),
    candidate_digest: z.string(),
    /** The current step, from 0, and its percentage of units on the candidate. */
    step: count,
    percent: z.number(),
    /** The percentage that follows from the verdict. */
    next_percent: z.number(),
    /** Time of the evaluation, epoch milliseconds. */
    time_ms: count,
    verdict: z.enum(['continue', 'advance', 'rollback', 'hold']),
    reason_code: name,
    reason: z.string(),
    /**
     * What must be done before `next_percent` applies (`activate`), or because it does
     * (`rollback`).
     */
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
    /** Observations since the previous record. */
    observed: z
      .strictObject({
        seen: units,
        blocked: units,
        reviewed_candidate: units,
        overturned_candidate: units,
        reviewed_baseline: units,
        overturned_baseline: units,
        /** About the candidate's calls. */
        minutes: z.array(
          z.strictObject({ minute: count, calls: count, errors: count, latency_ms: z.number() }),
        ),
      })
      .optional(),
  }),
);

/** The payload of `spanforge.policy.canary.v1`, with names in camelCase. */
export type PolicyCanaryBody = RecordBody<typeof policyCanaryV1>;
