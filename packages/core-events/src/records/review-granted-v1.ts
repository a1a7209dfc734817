import { z } from 'zod';
import { defineRecordType, name, obligation, type RecordBody, values } from './record-type.js';

/**
 * A reviewer lets calls like a reviewed one run without another review: one tool, one run, within
 * bounds, until a time, and a limited number of times. The bounds are in the disclosure `grant`.
 */
export const reviewGrantedV1 = defineRecordType(
  'spanforge.review.granted.v1',
  z.strictObject({
    /** Id of the grant; the calls that use it name it as their review. */
    review_id: name,
    /** The review in which it was granted. */
    from_review: name,
    reviewer: name,
    tool: name,
    /** Digest of the disclosure `grant`, which contains all terms of the grant. */
    binding: z.string(),
    max_uses: z.number().int().min(1),
    expires_at: z.string(),
    /** The rules whose reviews it replaces; any other rule still needs a review. */
    rules: z.array(name),
    labels: z.array(z.string()).optional(),
    obligations: z.array(obligation).optional(),
    /** The reviewer needed any one of these roles. */
    roles: z.array(name).optional(),
    note: z.string().max(4096).optional(),
    values,
  }),
);

/** The payload of `spanforge.review.granted.v1`, with names in camelCase. */
export type ReviewGrantedBody = RecordBody<typeof reviewGrantedV1>;
