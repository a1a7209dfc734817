import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

const count = z.int().min(0);

/**
 * One timed operation: a governed call, a model call, a retrieval. The envelope's `span_id`
 * identifies it; several records with one id describe the same span, and their members are
 * combined.
 */
export const spanV1 = defineRecordType(
  'spanforge.span.v1',
  z.strictObject({
    kind: z.enum(['tool', 'model', 'retrieval', 'agent', 'other']),
    /** The name of the tool, the model or the step. */
    name,
    /** The governed call it times. */
    call_id: name.optional(),
    session_id: name.optional(),
    parent_span_id: name.optional(),
    /** Milliseconds from start to end, by a monotonic clock. */
    duration_ms: z.number().min(0),
    status: z.enum(['ok', 'error', 'cancelled', 'timed_out']),
    /** For a failed span: the name of the error, never its message. */
    error_name: name.optional(),
    model: name.optional(),
    input_tokens: count.optional(),
    output_tokens: count.optional(),
    cost: z.number().min(0).optional(),
    /** ISO 4217, such as `USD`; costs in different currencies are not added up. */
    cost_currency: name.optional(),
    /**
     * True when a hallucination here would do harm; counted by the trust gate. Absent: not
     * assessed.
     */
    hri_critical: z.boolean().optional(),
  }),
);

/** The payload of `spanforge.span.v1`, with names in camelCase. */
export type SpanBody = RecordBody<typeof spanV1>;
