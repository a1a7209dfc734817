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

/** The result of a validation. Texts are disclosures, with findings masked. */
export const validateV1 = defineRecordType(
  'spanforge.validate.v1',
  z.strictObject({
    subject: z.enum(['event', 'output', 'dataset']),
    mode: z.enum(['strict', 'lenient', 'warn', 'correct']).optional(),
    valid: z.boolean(),
    /** The value that the policy's thresholds are compared with. */
    confidence: ratio.optional(),
    confidence_threshold: ratio.optional(),
    /** Rule, place and count; a place names members that a schema declares, and `*` for others. */
    violations: z.array(z.strictObject({ rule: name, place: z.string().max(512), count })),
    /** The number of all violations, including those that are not listed. */
    violation_count: count,
    /** The number of correction attempts. */
    corrections: count.optional(),
    /** For a data set: the result of each clause. */
    clauses: z
      .array(z.strictObject({ clause: name, status: z.enum(['passed', 'failed', 'not_assessed']) }))
      .optional(),
    /** SHA-256 of the data set as read, and of its report. */
    input_sha256: z.string().optional(),
    report_sha256: z.string().optional(),
    /** Search terms of the record: `report:<sha256>`, `input:<sha256>`. */
    subjects: z.array(name).optional(),
    outcome,
    obligations: z.array(obligation).optional(),
    reason: z.string(),
    reason_code: name,
    policy: policyAnswer.optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.validate.v1`, with names in camelCase. */
export type ValidateBody = RecordBody<typeof validateV1>;
