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
 * A governed call is about to run. `values.args` commits to the arguments that the tool receives.
 */
export const executionStartedV1 = defineRecordType(
  'spanforge.execution.started.v1',
  z.strictObject({
    call_id: name,
    tool: name,
    effect: z.enum(['read', 'write']),
    mode: z.enum(['shadow', 'enforce']),
    outcome,
    obligations: z.array(obligation).optional(),
    /** Ids of the decisions on which this call is based. */
    decisions: z.array(z.string()),
    /** Controls that were not asked because they are not installed. */
    not_asked: z.array(z.string()).optional(),
    /** The approval this call consumed. */
    review_id: z.string().optional(),
    /** Labels of the arguments, without those removed by a declassification. */
    input_labels: z.array(z.string()).optional(),
    propagation: propagation.optional(),
    /** Approved declassifications that were applied. */
    declassified_by: z.array(z.string()).optional(),
    /** Milliseconds from the call to the decision that let it run. */
    decision_ms: z.number().optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.execution.started.v1`, with names in camelCase. */
export type ExecutionStartedBody = RecordBody<typeof executionStartedV1>;
