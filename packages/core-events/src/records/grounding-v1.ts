import { z } from 'zod';
import {
  defineRecordType,
  name,
  obligation,
  outcome,
  policyAnswer,
  type RecordBody,
  values,
} from './record-type.js';

/** How well an answer is supported by its sources. Texts of answer and claims are disclosures. */
export const groundingV1 = defineRecordType(
  'spanforge.grounding.v1',
  z.strictObject({
    session_id: name.optional(),
    /** Mean score over the claims, 0 to 1; the policy's thresholds are compared with it. */
    average: z.number(),
    status: z.enum(['grounded', 'partially_grounded', 'ungrounded']),
    threshold: z.number(),
    claim_threshold: z.number(),
    scorer: z.strictObject({ name, version: name }),
    /**
     * Offsets are UTF-16 code units, end exclusive: in the answer, and in `support` in the source.
     */
    claims: z.array(
      z.strictObject({
        /** Position among all claims; `values.claim_<n>` commits to its text. */
        claim: z.int().min(0),
        start: z.int().min(0).optional(),
        end: z.int().min(0).optional(),
        score: z.number(),
        verdict: z.enum(['grounded', 'ungrounded', 'not_assessed']),
        support: z.array(
          z.strictObject({
            source_id: name,
            start: z.int().min(0).optional(),
            end: z.int().min(0).optional(),
          }),
        ),
        cues: z.array(name).optional(),
      }),
    ),
    /** The number of all claims; a record lists only those with the lowest scores. */
    claim_count: z.int().min(0),
    /** The number of sources used. */
    source_count: z.int().min(0),
    /**
     * The number of sources withheld because the actor may not read them, or because this is
     * unknown.
     */
    withheld_count: z.int().min(0),
    outcome,
    obligations: z.array(obligation).optional(),
    reason: z.string(),
    reason_code: name,
    policy: policyAnswer.optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.grounding.v1`, with names in camelCase. */
export type GroundingBody = RecordBody<typeof groundingV1>;
