import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** The first record of a log; it names the log. */
export const logOpenedV1 = defineRecordType(
  'spanforge.log.opened.v1',
  z.strictObject({
    origin: name,
    predecessor: z.string().optional(),
    /**
     * Size of the last good checkpoint of the log that this one succeeds, whose origin is
     * `predecessor`.
     */
    predecessor_size: z.int().min(0).optional(),
    predecessor_root: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    /** Why the predecessor no longer governs. */
    reason: name.optional(),
  }),
);

/** The payload of `spanforge.log.opened.v1`, with names in camelCase. */
export type LogOpenedBody = RecordBody<typeof logOpenedV1>;
