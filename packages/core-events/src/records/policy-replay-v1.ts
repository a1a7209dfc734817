import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** A policy was applied to recorded calls; its decisions are in a report file. */
export const policyReplayV1 = defineRecordType(
  'spanforge.policy.replay.v1',
  z.strictObject({
    policy_digest: z.string(),
    /** SHA-256 of the input file, hex. */
    input_sha256: z.string(),
    /** SHA-256 of the report file, hex. */
    report_sha256: z.string(),
    runs: z.int(),
    calls: z.int(),
    outcomes: z.record(z.string(), z.int()),
    indeterminate: z.int(),
    rules: z.record(name, z.int()),
  }),
);

/** The payload of `spanforge.policy.replay.v1`, with names in camelCase. */
export type PolicyReplayBody = RecordBody<typeof policyReplayV1>;
