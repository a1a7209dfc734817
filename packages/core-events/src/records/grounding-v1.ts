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

/** How far an answer rests on its sources. Answer and claim texts are disclosures. */
export const groundingV1 = defineRecordType(
  'spanforge.grounding.v1',
  z.strictObject({
    session_id: name.optional(),
    /** Mean score over the claims, 0 to 1; the observed value of the policy. */
    average: z.number(),
    status: z.enum(['grounded', 'partially_grounded', 'ungrounded']),
    threshold: z.number(),
    claim_threshold: z.number(),
    scorer: z.strictObject({ name, version: name }),
    /** Offsets are UTF-16 code units, end exclusive: of the answer, and of the source in `support`. */
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
    /** All claims, those not listed included: a record lists the lowest scores. */
    claim_count: z.int().min(0),
    /** Sources the answer was judged against. */
    source_count: z.int().min(0),
    /** Sources kept back because the actor may not read them, or nobody could tell. */
    withheld_count: z.int().min(0),
    outcome,
    obligations: z.array(obligation).optional(),
    reason: z.string(),
    reason_code: name,
    policy: policyAnswer.optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.grounding.v1` in code. */
export type GroundingBody = RecordBody<typeof groundingV1>;
