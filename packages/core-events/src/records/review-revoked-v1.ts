import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** An unused approval, a grant, or a rejection wider than its call no longer applies. */
export const reviewRevokedV1 = defineRecordType(
  'spanforge.review.revoked.v1',
  z.strictObject({
    review_id: name,
    reviewer: name,
    binding: z.string(),
    note: z.string().max(4096).optional(),
  }),
);

/** The payload of `spanforge.review.revoked.v1`, with names in camelCase. */
export type ReviewRevokedBody = RecordBody<typeof reviewRevokedV1>;
