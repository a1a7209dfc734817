import { z } from 'zod';
import {
  defineRecordType,
  name,
  obligation,
  outcome,
  propagation,
  type RecordBody,
  values,
} from './record-type.js';

/**
 * How a governed call ended, run or not. `values.result` commits to what the tool answered,
 * `values.released` to what the caller got of it where that is something else.
 */
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
    /** Labels of what the tool answered. */
    labels: z.array(z.string()).optional(),
    /** Of a call that was not run: labels of its arguments. */
    input_labels: z.array(z.string()).optional(),
    propagation: propagation.optional(),
    /** Of a call that was not run: milliseconds from the call to the decision. */
    decision_ms: z.number().optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.execution.ended.v1` in code. */
export type ExecutionEndedBody = RecordBody<typeof executionEndedV1>;
