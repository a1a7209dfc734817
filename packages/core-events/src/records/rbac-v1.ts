import { z } from 'zod';
import {
  defineRecordType,
  name,
  obligation,
  outcome,
  policyAnswer,
  type RecordBody,
} from './record-type.js';

/** A role decision: may this actor perform an action on this resource. */
export const rbacV1 = defineRecordType(
  'spanforge.rbac.v1',
  z.strictObject({
    actor_id: name,
    resource: name,
    action: name,
    required_roles: z.array(name).optional(),
    match: z.enum(['all', 'any']).optional(),
    effective_roles: z.array(name),
    outcome,
    allowed: z.boolean(),
    obligations: z.array(obligation).optional(),
    reason: z.string(),
    reason_code: name,
    policy: policyAnswer.optional(),
  }),
);

/** The payload of `spanforge.rbac.v1`, with names in camelCase. */
export type RbacBody = RecordBody<typeof rbacV1>;
