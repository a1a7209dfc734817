import { z } from 'zod';
import { defineRecordType, name, type RecordBody, values } from './record-type.js';

/** One step of a retrieval session. Query, chunk and answer texts are disclosures. */
export const ragStepV1 = defineRecordType(
  'spanforge.rag.step.v1',
  z.strictObject({
    session_id: name,
    step: z.enum(['query', 'retrieval', 'generation', 'end']),
    /** What was retrieved and may be read, best first; `values.chunk_<n>` commits to its text. */
    chunks: z.array(z.strictObject({ source_id: name, score: z.number().optional() })).optional(),
    /** Chunks retrieved and readable, those not listed included. */
    chunk_count: z.int().min(0).optional(),
    /** Chunks kept back because the actor may not read them, or nobody could tell. */
    withheld_count: z.int().min(0).optional(),
    /** The model that generated the answer. */
    model: name.optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.rag.step.v1` in code. */
export type RagStepBody = RecordBody<typeof ragStepV1>;
