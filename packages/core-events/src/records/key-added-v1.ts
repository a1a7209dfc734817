import { z } from 'zod';
import { defineRecordType, keyRole, name, type RecordBody } from './record-type.js';

/** A key entered service. */
export const keyAddedV1 = defineRecordType(
  'spanforge.key.added.v1',
  z.strictObject({
    kid: name,
    role: keyRole,
    algorithm: name,
    public_jwk: z.record(z.string(), z.string()).optional(),
  }),
);

/** The payload of `spanforge.key.added.v1` in code. */
export type KeyAddedBody = RecordBody<typeof keyAddedV1>;
