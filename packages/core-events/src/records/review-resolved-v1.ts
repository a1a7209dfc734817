import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** A person's decision about a held call. */
export const reviewResolvedV1 = defineRecordType(
  'spanforge.review.resolved.v1',
  z.strictObject({
    review_id: name,
    resolution: z.enum(['approved', 'rejected']),
    /** The principal who decided; never the one who asked. */
    reviewer: name,
    binding: z.string(),
    note: z.string().max(4096).optional(),
    expires_at: z.string().optional(),
  }),
);

/** The payload of `spanforge.review.resolved.v1`, with names in camelCase. */
export type ReviewResolvedBody = RecordBody<typeof reviewResolvedV1>;
