import { z } from 'zod';
import {
  defineRecordType,
  name,
  obligation,
  outcome,
  type RecordBody,
  values,
} from './record-type.js';

/** A decision of the policy decision point. The values that its rules read are disclosures. */
export const policyDecisionV1 = defineRecordType(
  'spanforge.policy.decision.v1',
  z.strictObject({
    service: name,
    control: name,
    /** The application whose bundle was asked, if one of the environment has its own. */
    application: name.optional(),
    tool: name.optional(),
    resource: name.optional(),
    action: name.optional(),
    observed: z.number().optional(),
    outcome,
    obligations: z.array(obligation).optional(),
    matched: z.boolean(),
    rules: z.array(
      z.strictObject({
        rule_id: name,
        action: outcome,
        finding: z.enum(['triggered', 'indeterminate', 'shadow']),
        reason: z.string(),
        comparator: z.string().optional(),
        threshold: z.number().optional(),
        observed: z.number().optional(),
      }),
    ),
    reason: z.string(),
    reason_code: name,
    /** Set if the call was allowed and selected for review: the probability of being selected. */
    audit_probability: z.number().optional(),
    /** For an allowed call: its entries in counters. */
    counted: z
      .array(
        z.strictObject({
          /** A digest of what is counted and for whom. */
          counter: name,
          /** Identifies the call; made with the key of the records, so that it reveals nothing. */
          entry: name,
          amount: z.number(),
          /** Epoch milliseconds. */
          at_ms: z.number(),
          window_ms: z.number(),
        }),
      )
      .optional(),
    /** `request` commits to the whole input of the decision. */
    values: values.optional(),
  }),
);

/** The payload of `spanforge.policy.decision.v1`, with names in camelCase. */
export type PolicyDecisionBody = RecordBody<typeof policyDecisionV1>;
