import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** An operator set aside a record that fails verification, or a copy: state is read without it. */
export const auditQuarantinedV1 = defineRecordType(
  'spanforge.audit.quarantined.v1',
  z.strictObject({
    /** The index of the record. */
    index: z.int().min(0),
    /**
     * Leaf hash of the stored bytes, hex: if other bytes take their place, these are not set aside.
     */
    leaf: z.string().regex(/^[0-9a-f]{64}$/),
    /** What is wrong with it; `copied` is an authentic record whose writer's number an earlier one has. */
    fault: z.enum(['leaf_mismatch', 'not_a_record', 'hmac_missing', 'hmac_mismatch', 'copied']),
    reason: name,
  }),
);

/** The payload of `spanforge.audit.quarantined.v1`, with names in camelCase. */
export type AuditQuarantinedBody = RecordBody<typeof auditQuarantinedV1>;
