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
 * How a governed call ended, whether its tool ran or not. `values.result` commits to the tool's
 * result, `values.released` to what the caller received if that differs.
 */
export const executionEndedV1 = defineRecordType(
  'spanforge.execution.ended.v1',
  z.strictObject({
    call_id: name,
    tool: name,
    /** How the call ended. */
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
    /** Labels of the result. */
    labels: z.array(z.string()).optional(),
    /** For a call that was not run: labels of its arguments. */
    input_labels: z.array(z.string()).optional(),
    propagation: propagation.optional(),
    /** For a call that was not run: milliseconds from the call to the decision. */
    decision_ms: z.number().optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.execution.ended.v1`, with names in camelCase. */
export type ExecutionEndedBody = RecordBody<typeof executionEndedV1>;
