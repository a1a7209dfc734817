import { z } from 'zod';
import {
  defineRecordType,
  name,
  obligation,
  outcome,
  type RecordBody,
  values,
} from './record-type.js';

/** A governed call is about to run. `values.args` commits to the arguments the tool is given. */
export const executionStartedV1 = defineRecordType(
  'spanforge.execution.started.v1',
  z.strictObject({
    call_id: name,
    tool: name,
    effect: z.enum(['read', 'write']),
    mode: z.enum(['shadow', 'enforce']),
    outcome,
    obligations: z.array(obligation).optional(),
    /** Ids of the decisions this call rests on. */
    decisions: z.array(z.string()),
    /** Controls that were not installed and so not asked. */
    not_asked: z.array(z.string()).optional(),
    /** The approval this call consumed. */
    review_id: z.string().optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.execution.started.v1` in code. */
export type ExecutionStartedBody = RecordBody<typeof executionStartedV1>;
