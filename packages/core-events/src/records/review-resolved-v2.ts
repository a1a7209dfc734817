import { z } from 'zod';
import { defineRecordType, name, type RecordBody, values } from './record-type.js';

/**
 * One person's decision about a review. If several people must approve, each writes one record, and
 * the last has `decided: true`; a rejection always decides.
 */
export const reviewResolvedV2 = defineRecordType(
  'spanforge.review.resolved.v2',
  z.strictObject({
    review_id: name,
    resolution: z.enum(['approved', 'rejected']),
    /** The principal who decided; never the one who asked. */
    reviewer: name,
    /** The binding of the request. */
    binding: z.string(),
    /** Number of the decision about this review, starting at 1; each number is used once. */
    vote: z.number().int().min(1),
    /** How many people must approve. */
    required: z.number().int().min(1),
    /** True if this vote decides the review. */
    decided: z.boolean(),
    /** What is approved: the digest of the binding, or of the disclosure `edited`. */
    approves: z.string().optional(),
    /** The reviewer needed any one of these roles. */
    roles: z.array(name).optional(),
    /** The extent of a rejection: this call, these rules for the run, or this agent. */
    scope: z.enum(['call', 'rule', 'agent']).optional(),
    /** The rules of a rejection with scope `rule`. */
    rules: z.array(name).optional(),
    note: z.string().max(4096).optional(),
    /** When an approval, or a rejection wider than the call, expires. */
    expires_at: z.string().optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.review.resolved.v2`, with names in camelCase. */
export type ReviewResolvedV2Body = RecordBody<typeof reviewResolvedV2>;
