import { z } from 'zod';
import { defineRecordType, keyRole, name, type RecordBody } from './record-type.js';

/** A key came into use. */
export const keyAddedV1 = defineRecordType(
  'spanforge.key.added.v1',
  z.strictObject({
    kid: name,
    role: keyRole,
    algorithm: name,
    public_jwk: z.record(z.string(), z.string()).optional(),
  }),
);

/** The payload of `spanforge.key.added.v1`, with names in camelCase. */
export type KeyAddedBody = RecordBody<typeof keyAddedV1>;
