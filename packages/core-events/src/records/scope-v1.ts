import { z } from 'zod';
import {
  defineRecordType,
  name,
  obligation,
  policyAnswer,
  type RecordBody,
} from './record-type.js';

/** A scope decision: may this agent perform an action on this resource. */
export const scopeV1 = defineRecordType(
  'spanforge.scope.v1',
  z.strictObject({
    agent_id: name,
    resource: name,
    action: name,
    capability: name.optional(),
    outcome: z.enum(['allow', 'allow+log', 'redact', 'human_review', 'escalate', 'block']),
    allowed: z.boolean(),
    obligations: z.array(obligation).optional(),
    reason: z.string(),
    reason_code: name,
    policy: policyAnswer.optional(),
  }),
);

/** The payload of `spanforge.scope.v1`, with names in camelCase. */
export type ScopeBody = RecordBody<typeof scopeV1>;
