import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** A subject's values were erased by destroying the key that encrypted them. */
export const auditTombstoneV1 = defineRecordType(
  'spanforge.audit.tombstone.v1',
  z.strictObject({
    /** Pseudonym of the subject. */
    holder: name,
    /** The key that was destroyed; absent when there was none. */
    key_id: name.optional(),
    reason: name,
  }),
);

/** The payload of `spanforge.audit.tombstone.v1`, with names in camelCase. */
export type AuditTombstoneBody = RecordBody<typeof auditTombstoneV1>;
