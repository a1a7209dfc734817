import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

const count = z.int().min(0);

/** Values were removed after their retention; the records that commit to them stay. */
export const auditPrunedV1 = defineRecordType(
  'spanforge.audit.pruned.v1',
  z.strictObject({
    tenant_id: name,
    retention_days: z.int().min(1),
    /** Values of records before this time, RFC 3339. */
    before: name,
    /** Records from here (inclusive) to there (exclusive) were looked at. */
    from: count,
    to: count,
    /** Records that lost values, and the values. */
    records: count,
    values: count,
    /** Records whose values a legal hold kept. */
    held: count,
    /** SHA-256 over the digests of the removed values, sorted, one a line, each ended by a line feed; hex. */
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    reason: name,
  }),
);

/** The payload of `spanforge.audit.pruned.v1` in code. */
export type AuditPrunedBody = RecordBody<typeof auditPrunedV1>;
