import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** An approval was used; written with a claim, so that it can be used once. */
export const reviewConsumedV1 = defineRecordType(
  'spanforge.review.consumed.v1',
  z.strictObject({ review_id: name, call_id: name, binding: z.string() }),
);

/** The payload of `spanforge.review.consumed.v1` in code. */
export type ReviewConsumedBody = RecordBody<typeof reviewConsumedV1>;
