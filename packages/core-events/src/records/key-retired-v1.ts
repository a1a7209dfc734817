import { z } from 'zod';
import { defineRecordType, keyRole, name, type RecordBody } from './record-type.js';

/** A key was taken out of use in good standing. */
export const keyRetiredV1 = defineRecordType(
  'spanforge.key.retired.v1',
  z.strictObject({ kid: name, role: keyRole }),
);

/** The payload of `spanforge.key.retired.v1`, with names in camelCase. */
export type KeyRetiredBody = RecordBody<typeof keyRetiredV1>;
