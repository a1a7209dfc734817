import { z } from 'zod';
import {
  defineRecordType,
  name,
  obligation,
  outcome,
  type RecordBody,
  values,
} from './record-type.js';

/** How a governed call ended, run or not. `values.result` commits to what the tool answered. */
export const executionEndedV1 = defineRecordType(
  'spanforge.execution.ended.v1',
  z.strictObject({
    call_id: name,
    tool: name,
    /** What became of the call. */
    status: z.enum([
      'completed',
      'failed',
      'blocked',
      'held',
      'withheld',
      'cancelled',
      'timed_out',
    ]),
    /** True when the tool itself was run. */
    executed: z.boolean(),
    outcome,
    obligations: z.array(obligation).optional(),
    reason: z.string(),
    reason_code: name,
    decisions: z.array(z.string()),
    not_asked: z.array(z.string()).optional(),
    started_id: z.string().optional(),
    review_id: z.string().optional(),
    duration_ms: z.number().optional(),
    error_name: z.string().optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.execution.ended.v1` in code. */
export type ExecutionEndedBody = RecordBody<typeof executionEndedV1>;
