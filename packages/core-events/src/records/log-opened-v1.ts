import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** The first record of a log: which log this is. */
export const logOpenedV1 = defineRecordType(
  'spanforge.log.opened.v1',
  z.strictObject({
    origin: name,
    predecessor: z.string().optional(),
    /** Of the last good checkpoint of the log that this one succeeds, whose origin `predecessor` is. */
    predecessor_size: z.int().min(0).optional(),
    predecessor_root: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    /** Why the predecessor governs no more. */
    reason: name.optional(),
  }),
);

/** The payload of `spanforge.log.opened.v1` in code. */
export type LogOpenedBody = RecordBody<typeof logOpenedV1>;
