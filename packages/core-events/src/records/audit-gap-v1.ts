import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** Writer numbers that were taken and not used, or evidence that could not be kept, and why. */
export const auditGapV1 = defineRecordType(
  'spanforge.audit.gap.v1',
  z.strictObject({
    writer_id: name,
    boot: name,
    from_n: z.int().min(0),
    to_n: z.int().min(0),
    count: z.int().min(1),
    cause: z.enum([
      'claim_taken',
      'duplicate',
      'idempotency_conflict',
      'append_failed',
      'fail_open',
      'acknowledged',
    ]),
  }),
);

/** The payload of `spanforge.audit.gap.v1`, with names in camelCase. */
export type AuditGapBody = RecordBody<typeof auditGapV1>;
