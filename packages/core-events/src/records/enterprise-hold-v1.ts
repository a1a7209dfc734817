import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** A legal hold on a subject was placed or lifted. */
export const enterpriseHoldV1 = defineRecordType(
  'spanforge.enterprise.hold.v1',
  z.strictObject({
    /** Pseudonym of the subject. */
    holder: name,
    /** False when the hold was lifted. */
    held: z.boolean(),
    reason: name,
  }),
);

/** The payload of `spanforge.enterprise.hold.v1` in code. */
export type EnterpriseHoldBody = RecordBody<typeof enterpriseHoldV1>;
