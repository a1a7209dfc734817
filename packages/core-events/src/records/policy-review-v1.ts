import { z } from 'zod';
import { defineRecordType, name, type RecordBody, values } from './record-type.js';

/** A person's verdict about a past decision; a later one of the same reviewer replaces it. */
export const policyReviewV1 = defineRecordType(
  'spanforge.policy.review.v1',
  z.strictObject({
    /** Id of the decision's record. */
    decision_id: name,
    verdict: z.enum(['false_positive', 'true_positive', 'needs_tuning']),
    reviewer: name,
    /** `note` commits to the reviewer's text. */
    values: values.optional(),
  }),
);

/** The payload of `spanforge.policy.review.v1`, with names in camelCase. */
export type PolicyReviewBody = RecordBody<typeof policyReviewV1>;
