import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/**
 * The decisions on recorded traffic that a candidate changes; each decision is in a report file.
 */
export const policyComparisonV1 = defineRecordType(
  'spanforge.policy.comparison.v1',
  z.strictObject({
    candidate_digest: z.string(),
    /** The bundle that was compared with; absent if that was the recorded decisions. */
    baseline_digest: z.string().optional(),
    /** The source of the traffic. */
    source: z.enum(['log', 'runs']),
    /** SHA-256 of the runs file, or over the leaf hashes of the records read, in order; hex. */
    input_sha256: z.string(),
    /** SHA-256 of the report file, hex. */
    report_sha256: z.string(),
    decisions: z.int(),
    same: z.int(),
    stricter: z.int(),
    looser: z.int(),
    not_replayable: z.int(),
    /** Why decisions could not be replayed. */
    reasons: z.record(name, z.int()),
    outcomes_before: z.record(z.string(), z.int()),
    outcomes_after: z.record(z.string(), z.int()),
  }),
);

/** The payload of `spanforge.policy.comparison.v1`, with names in camelCase. */
export type PolicyComparisonBody = RecordBody<typeof policyComparisonV1>;
