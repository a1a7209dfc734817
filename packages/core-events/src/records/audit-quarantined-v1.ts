import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** An operator put a record aside that cannot be believed: state is read without it. */
export const auditQuarantinedV1 = defineRecordType(
  'spanforge.audit.quarantined.v1',
  z.strictObject({
    /** Where the record stands. */
    index: z.int().min(0),
    /** Leaf hash of the stored bytes, hex: other bytes in its place are not put aside with it. */
    leaf: z.string().regex(/^[0-9a-f]{64}$/),
    /** What was wrong with it. */
    fault: z.enum(['leaf_mismatch', 'not_a_record', 'hmac_missing', 'hmac_mismatch']),
    reason: name,
  }),
);

/** The payload of `spanforge.audit.quarantined.v1` in code. */
export type AuditQuarantinedBody = RecordBody<typeof auditQuarantinedV1>;
