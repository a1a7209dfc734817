import { z } from 'zod';
import { defineRecordType, name, obligation, type RecordBody, values } from './record-type.js';

/**
 * A reviewer lets calls like a reviewed one run without being asked again: one tool, one run, within
 * bounds, until a time and so many times. What the bounds are is the disclosure `grant`.
 */
export const reviewGrantedV1 = defineRecordType(
  'spanforge.review.granted.v1',
  z.strictObject({
    /** Id of the grant; the calls that use it name it as their review. */
    review_id: name,
    /** The review it was given with. */
    from_review: name,
    reviewer: name,
    tool: name,
    /** Digest of the disclosure `grant`: everything the grant is good for. */
    binding: z.string(),
    max_uses: z.number().int().min(1),
    expires_at: z.string(),
    /** The rules whose questions it answers; another rule asks a person all the same. */
    rules: z.array(name),
    labels: z.array(z.string()).optional(),
    obligations: z.array(obligation).optional(),
    /** Any one of these roles was asked for. */
    roles: z.array(name).optional(),
    note: z.string().max(4096).optional(),
    values,
  }),
);

/** The payload of `spanforge.review.granted.v1` in code. */
export type ReviewGrantedBody = RecordBody<typeof reviewGrantedV1>;
