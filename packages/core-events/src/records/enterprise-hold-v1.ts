import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** A legal hold on a subject, or on a trace, was placed or lifted. */
export const enterpriseHoldV1 = defineRecordType(
  'spanforge.enterprise.hold.v1',
  z.strictObject({
    /** Pseudonym of the subject; `trace:` and the trace's id where a trace is held. */
    holder: name,
    /** False when the hold was lifted. */
    held: z.boolean(),
    reason: name,
  }),
);

/** The payload of `spanforge.enterprise.hold.v1`, with names in camelCase. */
export type EnterpriseHoldBody = RecordBody<typeof enterpriseHoldV1>;
