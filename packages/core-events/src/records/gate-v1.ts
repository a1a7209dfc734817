import { z } from 'zod';
import { defineRecordType, name, policyAnswer, type RecordBody } from './record-type.js';

const count = z.int().min(0);
const sha256 = name;

/**
 * Metrics of a gate: numbers, booleans, strings and lists of strings. Never a secret or governed
 * text.
 */
const metrics = z.record(
  z.string().min(1).max(128),
  z.union([z.number(), z.boolean(), z.string().max(512), z.array(z.string().max(512))]),
);

/** The verdict of a release gate, or an administrative act about gates. */
export const gateV1 = defineRecordType(
  'spanforge.gate.v1',
  z.strictObject({
    /**
     * The verdict of one gate or of a pipeline, a new baseline, removed artifacts, a calibration.
     */
    kind: z.enum(['verdict', 'run', 'baseline', 'purge', 'calibration']),
    /** The id of the gate; for a run, the name of its pipeline. */
    gate_id: name,
    /** Such as `schema_validation`; `pipeline` for a run. */
    gate_type: name,
    /** The run of the pipeline to which it belongs. */
    run_id: name.optional(),
    verdict: z.enum(['PASS', 'WARN', 'FAIL', 'SKIPPED', 'INCONCLUSIVE']),
    on_fail: z.enum(['block', 'warn', 'report']).optional(),
    /** True when it stops the release. */
    blocking: z.boolean(),
    reason: z.string().max(2048),
    reason_code: name,
    metrics,
    /** For a run: ids of the gates that stopped it. */
    failed_gates: z.array(name).optional(),
    /** For a run: number of gates by verdict. */
    passed: count.optional(),
    failed: count.optional(),
    warned: count.optional(),
    skipped: count.optional(),
    duration_ms: z.number().min(0).optional(),
    /** SHA-256 of the input, of the artifact, and of the signed statement if there is one. */
    input_sha256: sha256.optional(),
    artifact_sha256: sha256.optional(),
    statement_sha256: sha256.optional(),
    /** For `eval_promotion`: cases decided by the policy, and those it allowed. */
    decisions: count.optional(),
    decisions_allowed: count.optional(),
    policy: policyAnswer.optional(),
    /** Search terms of the record: `gate:<id>`, `run:<id>`. */
    subjects: z.array(name).optional(),
  }),
);

/** The payload of `spanforge.gate.v1`, with names in camelCase. */
export type GateBody = RecordBody<typeof gateV1>;
