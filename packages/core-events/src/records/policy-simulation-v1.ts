import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/**
 * A candidate was evaluated on recorded traffic, without a comparison; its decisions are in a
 * report file.
 */
export const policySimulationV1 = defineRecordType(
  'spanforge.policy.simulation.v1',
  z.strictObject({
    policy_digest: z.string(),
    /** The source of the traffic. */
    source: z.enum(['log', 'runs']),
    /** SHA-256 of the runs file, or over the leaf hashes of the records read, in order; hex. */
    input_sha256: z.string(),
    /** SHA-256 of the report file, hex. */
    report_sha256: z.string(),
    decisions: z.int(),
    outcomes: z.record(z.string(), z.int()),
    indeterminate: z.int(),
    not_replayable: z.int(),
    /** Why decisions could not be replayed. */
    reasons: z.record(name, z.int()),
  }),
);

/** The payload of `spanforge.policy.simulation.v1`, with names in camelCase. */
export type PolicySimulationBody = RecordBody<typeof policySimulationV1>;
