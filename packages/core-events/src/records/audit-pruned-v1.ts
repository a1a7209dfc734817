import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

const count = z.int().min(0);

/** Values were removed after their retention ended; the records that commit to them stay. */
export const auditPrunedV1 = defineRecordType(
  'spanforge.audit.pruned.v1',
  z.strictObject({
    tenant_id: name,
    retention_days: z.int().min(1),
    /** Values of records older than this were removed, RFC 3339. */
    before: name,
    /** The records that were examined: from here (inclusive) to there (exclusive). */
    from: count,
    to: count,
    /** The number of records that lost values, and the number of values. */
    records: count,
    values: count,
    /** The number of records whose values a legal hold protected. */
    held: count,
    /** SHA-256 over the digests of the removed values, sorted, one a line, each ended by a line feed; hex. */
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    reason: name,
  }),
);

/** The payload of `spanforge.audit.pruned.v1`, with names in camelCase. */
export type AuditPrunedBody = RecordBody<typeof auditPrunedV1>;
