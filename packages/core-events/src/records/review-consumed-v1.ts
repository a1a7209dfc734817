import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** An approval was used; written with a claim, so that this happens only once. */
export const reviewConsumedV1 = defineRecordType(
  'spanforge.review.consumed.v1',
  z.strictObject({ review_id: name, call_id: name, binding: z.string() }),
);

/** The payload of `spanforge.review.consumed.v1`, with names in camelCase. */
export type ReviewConsumedBody = RecordBody<typeof reviewConsumedV1>;
