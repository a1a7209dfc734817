import { z } from 'zod';
import { defineRecordType, name, type RecordBody, values } from './record-type.js';

/** What a person says about a decision afterwards; a later one of the same reviewer replaces it. */
export const policyReviewV1 = defineRecordType(
  'spanforge.policy.review.v1',
  z.strictObject({
    /** Id of the record of the decision. */
    decision_id: name,
    verdict: z.enum(['false_positive', 'true_positive', 'needs_tuning']),
    reviewer: name,
    /** `note` commits to what the reviewer wrote. */
    values: values.optional(),
  }),
);

/** The payload of `spanforge.policy.review.v1` in code. */
export type PolicyReviewBody = RecordBody<typeof policyReviewV1>;
