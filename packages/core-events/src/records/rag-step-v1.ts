import { z } from 'zod';
import { defineRecordType, name, type RecordBody, values } from './record-type.js';

/** One step of a retrieval session. Query, chunk and answer texts are disclosures. */
export const ragStepV1 = defineRecordType(
  'spanforge.rag.step.v1',
  z.strictObject({
    session_id: name,
    step: z.enum(['query', 'retrieval', 'generation', 'end']),
    /**
     * The retrieved chunks that may be read, best first; `values.chunk_<n>` commits to the text.
     */
    chunks: z.array(z.strictObject({ source_id: name, score: z.number().optional() })).optional(),
    /** The number of retrieved and readable chunks, including those that are not listed. */
    chunk_count: z.int().min(0).optional(),
    /**
     * The number of chunks withheld because the actor may not read them, or because this is
     * unknown.
     */
    withheld_count: z.int().min(0).optional(),
    /** The model that generated the answer. */
    model: name.optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.rag.step.v1`, with names in camelCase. */
export type RagStepBody = RecordBody<typeof ragStepV1>;
