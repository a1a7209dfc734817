import { z } from 'zod';
import { defineRecordType, name, type RecordBody, values } from './record-type.js';

/** One pass of a correction. `values.corrected` commits to what came out, findings masked. */
export const validateCorrectionV1 = defineRecordType(
  'spanforge.validate.correction.v1',
  z.strictObject({
    subject: z.enum(['event', 'output']),
    /** 1 for the first. */
    pass: z.int().min(1),
    /** What was done where, and for which rule. */
    changes: z.array(
      z.strictObject({
        op: z.enum(['add', 'replace', 'remove']),
        place: z.string().max(512),
        rule: name,
      }),
    ),
    /** All changes, those not listed included. */
    change_count: z.int().min(0),
    /** Whether everything held when it was checked again. */
    valid: z.boolean(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.validate.correction.v1` in code. */
export type ValidateCorrectionBody = RecordBody<typeof validateCorrectionV1>;
