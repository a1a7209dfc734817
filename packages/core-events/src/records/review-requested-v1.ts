import { z } from 'zod';
import { defineRecordType, name, obligation, type RecordBody, values } from './record-type.js';

/** A call is held for a person. It binds tool, arguments, subject, labels and obligations. */
export const reviewRequestedV1 = defineRecordType(
  'spanforge.review.requested.v1',
  z.strictObject({
    review_id: name,
    call_id: name,
    tool: name,
    /** Digest over everything the approval will be good for. */
    binding: z.string(),
    obligations: z.array(obligation).optional(),
    labels: z.array(z.string()).optional(),
    decisions: z.array(z.string()),
    reason: z.string(),
    reason_code: name,
    expires_at: z.string().optional(),
    /** Labels an approval takes away, until `expires_at`, in the run or the trace that asks. */
    declassify: z
      .strictObject({ labels: z.array(name), scope: z.enum(['run', 'trace']) })
      .optional(),
    /** The rules, or the controls, that asked for a person. */
    rules: z.array(name).optional(),
    /** How many people have to approve; one when absent. */
    quorum: z.number().int().min(1).optional(),
    /** Who may decide: any one of these roles; anybody but who asked when absent. */
    roles: z.array(name).optional(),
    /** Roles that may decide too when nobody has after so long, counted from the request. */
    escalation: z
      .array(z.strictObject({ after_ms: z.number().int().min(0), role: name }))
      .optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.review.requested.v1` in code. */
export type ReviewRequestedBody = RecordBody<typeof reviewRequestedV1>;
