import { z } from 'zod';
import {
  defineRecordType,
  name,
  obligation,
  outcome,
  policyAnswer,
  type RecordBody,
  values,
} from './record-type.js';

const ratio = z.number().min(0).max(1);
const count = z.int().min(0);

/** What a validation came to. Texts are disclosures, with what was found in them masked. */
export const validateV1 = defineRecordType(
  'spanforge.validate.v1',
  z.strictObject({
    subject: z.enum(['event', 'output', 'dataset']),
    mode: z.enum(['strict', 'lenient', 'warn', 'correct']).optional(),
    valid: z.boolean(),
    /** The observed value of the policy. */
    confidence: ratio.optional(),
    confidence_threshold: ratio.optional(),
    /** Rule, place and how often; a place names members that a schema declares, `*` for others. */
    violations: z.array(z.strictObject({ rule: name, place: z.string().max(512), count })),
    /** All violations, those not listed included. */
    violation_count: count,
    /** How often a correction was tried. */
    corrections: count.optional(),
    /** Of a data set: what each clause came to. */
    clauses: z
      .array(z.strictObject({ clause: name, status: z.enum(['passed', 'failed', 'not_assessed']) }))
      .optional(),
    /** SHA-256 of the data set as it was read, and of its report. */
    input_sha256: z.string().optional(),
    report_sha256: z.string().optional(),
    /** What the record can be found by: `report:<sha256>`, `input:<sha256>`. */
    subjects: z.array(name).optional(),
    outcome,
    obligations: z.array(obligation).optional(),
    reason: z.string(),
    reason_code: name,
    policy: policyAnswer.optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.validate.v1` in code. */
export type ValidateBody = RecordBody<typeof validateV1>;
