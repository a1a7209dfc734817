import { z } from 'zod';
import { defineRecordType, name, obligation, type RecordBody, values } from './record-type.js';

/**
 * A call is held for a person. The request binds tool, arguments, subject, labels and obligations.
 */
export const reviewRequestedV1 = defineRecordType(
  'spanforge.review.requested.v1',
  z.strictObject({
    review_id: name,
    call_id: name,
    tool: name,
    /** Digest over everything that an approval will cover. */
    binding: z.string(),
    obligations: z.array(obligation).optional(),
    labels: z.array(z.string()).optional(),
    decisions: z.array(z.string()),
    reason: z.string(),
    reason_code: name,
    expires_at: z.string().optional(),
    /**
     * Labels that an approval removes, until `expires_at`, in the run or the trace of the request.
     */
    declassify: z
      .strictObject({ labels: z.array(name), scope: z.enum(['run', 'trace']) })
      .optional(),
    /** The rules or controls that require a person. */
    rules: z.array(name).optional(),
    /** How many people must approve; default one. */
    quorum: z.number().int().min(1).optional(),
    /** Who may decide: anyone with one of these roles; when absent, anybody but the requester. */
    roles: z.array(name).optional(),
    /** Further roles that may decide if nobody has after this long, counted from the request. */
    escalation: z
      .array(z.strictObject({ after_ms: z.number().int().min(0), role: name }))
      .optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.review.requested.v1`, with names in camelCase. */
export type ReviewRequestedBody = RecordBody<typeof reviewRequestedV1>;
