import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** Nobody decided a review in time, so another role may decide it as well. */
export const reviewEscalatedV1 = defineRecordType(
  'spanforge.review.escalated.v1',
  z.strictObject({
    review_id: name,
    binding: z.string(),
    /** Number of the step in the request's chain, starting at 1; written with a claim, so once. */
    step: z.number().int().min(1),
    role: name,
    after_ms: z.number().int().min(0),
  }),
);

/** The payload of `spanforge.review.escalated.v1`, with names in camelCase. */
export type ReviewEscalatedBody = RecordBody<typeof reviewEscalatedV1>;
