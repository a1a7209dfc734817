import { z } from 'zod';
import { defineRecordType, name, type RecordBody, values } from './record-type.js';

/**
 * One person's decision about a review. Where several people have to agree, each writes one, and the
 * last of them says `decided`; a rejection always decides.
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
    /** How many people have to approve. */
    required: z.number().int().min(1),
    /** Whether the review is decided by this. */
    decided: z.boolean(),
    /** What an approval is for: the digest of the binding, or of the disclosure `edited`. */
    approves: z.string().optional(),
    /** Any one of these roles was asked for. */
    roles: z.array(name).optional(),
    /** How far a rejection goes: this call, these rules for the run, or this agent. */
    scope: z.enum(['call', 'rule', 'agent']).optional(),
    /** The rules a rejection of scope `rule` is about. */
    rules: z.array(name).optional(),
    note: z.string().max(4096).optional(),
    /** Until when an approval, or a rejection that goes further than the call, stands. */
    expires_at: z.string().optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.review.resolved.v2` in code. */
export type ReviewResolvedV2Body = RecordBody<typeof reviewResolvedV2>;
