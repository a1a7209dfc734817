import { z } from 'zod';
import { defineRecordType, keyRole, name, type RecordBody } from './record-type.js';

/** A key must not be trusted beyond a log position. */
export const keyRevokedV1 = defineRecordType(
  'spanforge.key.revoked.v1',
  z.strictObject({ kid: name, role: keyRole, last_good_size: z.int().min(0), reason: z.string() }),
);

/** The payload of `spanforge.key.revoked.v1`, with names in camelCase. */
export type KeyRevokedBody = RecordBody<typeof keyRevokedV1>;
