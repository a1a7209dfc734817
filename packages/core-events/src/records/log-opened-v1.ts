import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** The first record of a log: which log this is. */
export const logOpenedV1 = defineRecordType(
  'spanforge.log.opened.v1',
  z.strictObject({ origin: name, predecessor: z.string().optional() }),
);

/** The payload of `spanforge.log.opened.v1` in code. */
export type LogOpenedBody = RecordBody<typeof logOpenedV1>;
