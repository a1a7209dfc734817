import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** An approval that nobody has used, a grant, or a rejection that goes further, no longer stands. */
export const reviewRevokedV1 = defineRecordType(
  'spanforge.review.revoked.v1',
  z.strictObject({
    review_id: name,
    reviewer: name,
    binding: z.string(),
    note: z.string().max(4096).optional(),
  }),
);

/** The payload of `spanforge.review.revoked.v1` in code. */
export type ReviewRevokedBody = RecordBody<typeof reviewRevokedV1>;
