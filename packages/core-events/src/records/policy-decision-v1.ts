import { z } from 'zod';
import {
  defineRecordType,
  name,
  obligation,
  outcome,
  type RecordBody,
  values,
} from './record-type.js';

/** A decision of the policy decision point. The values its rules read are disclosures. */
export const policyDecisionV1 = defineRecordType(
  'spanforge.policy.decision.v1',
  z.strictObject({
    service: name,
    control: name,
    /** Whose bundle was asked, where one application of the environment has its own. */
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
    /** The call was let through and drawn for review; with which probability it could have been. */
    audit_probability: z.number().optional(),
    /** What the call counts for, where it was let through: entries of counters. */
    counted: z
      .array(
        z.strictObject({
          /** A digest of what is counted and of whom. */
          counter: name,
          /** What stands for the call; made with the key of the records, so that it says nothing. */
          entry: name,
          amount: z.number(),
          /** Epoch milliseconds. */
          at_ms: z.number(),
          window_ms: z.number(),
        }),
      )
      .optional(),
    /** `request` commits to everything the decider was given. */
    values: values.optional(),
  }),
);

/** The payload of `spanforge.policy.decision.v1` in code. */
export type PolicyDecisionBody = RecordBody<typeof policyDecisionV1>;
