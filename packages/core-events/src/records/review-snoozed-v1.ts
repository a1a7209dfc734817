import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** A reviewer hid a review for a while. This decides nothing and extends no deadline. */
export const reviewSnoozedV1 = defineRecordType(
  'spanforge.review.snoozed.v1',
  z.strictObject({ review_id: name, reviewer: name, binding: z.string(), until: z.string() }),
);

/** The payload of `spanforge.review.snoozed.v1`, with names in camelCase. */
export type ReviewSnoozedBody = RecordBody<typeof reviewSnoozedV1>;
