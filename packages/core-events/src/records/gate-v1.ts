import { z } from 'zod';
import { defineRecordType, name, policyAnswer, type RecordBody } from './record-type.js';

const count = z.int().min(0);
const sha256 = name;

/** What a gate found out: numbers, yes and no, names and lists of names. Never a secret, never a text. */
const metrics = z.record(
  z.string().min(1).max(128),
  z.union([z.number(), z.boolean(), z.string().max(512), z.array(z.string().max(512))]),
);

/** What a release gate decided, or what was done about gates. */
export const gateV1 = defineRecordType(
  'spanforge.gate.v1',
  z.strictObject({
    /** One gate's verdict, a pipeline's, a new baseline, removed artifacts, a calibration. */
    kind: z.enum(['verdict', 'run', 'baseline', 'purge', 'calibration']),
    /** Of a run: the name of its pipeline. */
    gate_id: name,
    /** Such as `schema_validation`; `pipeline` for a run. */
    gate_type: name,
    /** The pipeline run it belongs to. */
    run_id: name.optional(),
    verdict: z.enum(['PASS', 'WARN', 'FAIL', 'SKIPPED', 'INCONCLUSIVE']),
    on_fail: z.enum(['block', 'warn', 'report']).optional(),
    /** True when the release must not go on. */
    blocking: z.boolean(),
    reason: z.string().max(2048),
    reason_code: name,
    metrics,
    /** Of a run: ids of the gates that stopped it. */
    failed_gates: z.array(name).optional(),
    /** Of a run: gates by verdict. */
    passed: count.optional(),
    failed: count.optional(),
    warned: count.optional(),
    skipped: count.optional(),
    duration_ms: z.number().min(0).optional(),
    /** SHA-256 of what was looked at, of the artifact and of the signed statement, where there is one. */
    input_sha256: sha256.optional(),
    artifact_sha256: sha256.optional(),
    statement_sha256: sha256.optional(),
    /** Of `eval_promotion`: cases asked of the policy, and those it allowed. */
    decisions: count.optional(),
    decisions_allowed: count.optional(),
    policy: policyAnswer.optional(),
    /** What the record can be found by: `gate:<id>`, `run:<id>`. */
    subjects: z.array(name).optional(),
  }),
);

/** The payload of `spanforge.gate.v1` in code. */
export type GateBody = RecordBody<typeof gateV1>;
