import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** Somebody put a review aside for a while. It decides nothing and prolongs nothing. */
export const reviewSnoozedV1 = defineRecordType(
  'spanforge.review.snoozed.v1',
  z.strictObject({ review_id: name, reviewer: name, binding: z.string(), until: z.string() }),
);

/** The payload of `spanforge.review.snoozed.v1` in code. */
export type ReviewSnoozedBody = RecordBody<typeof reviewSnoozedV1>;
