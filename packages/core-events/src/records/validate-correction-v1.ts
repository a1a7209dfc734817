import { z } from 'zod';
import { defineRecordType, name, type RecordBody, values } from './record-type.js';

/** One pass of a correction. `values.corrected` commits to its result, with findings masked. */
export const validateCorrectionV1 = defineRecordType(
  'spanforge.validate.correction.v1',
  z.strictObject({
    subject: z.enum(['event', 'output']),
    /** The number of the pass, from 1. */
    pass: z.int().min(1),
    /** The changes: place, kind and rule. */
    changes: z.array(
      z.strictObject({
        op: z.enum(['add', 'replace', 'remove']),
        place: z.string().max(512),
        rule: name,
      }),
    ),
    /** The number of all changes, including those that are not listed. */
    change_count: z.int().min(0),
    /** True if the result passed the validation. */
    valid: z.boolean(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.validate.correction.v1`, with names in camelCase. */
export type ValidateCorrectionBody = RecordBody<typeof validateCorrectionV1>;
