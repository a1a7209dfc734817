import { z } from 'zod';
import {
  defineRecordType,
  name,
  outcome,
  policyAnswer,
  type RecordBody,
  values,
} from './record-type.js';

const ratio = z.number().min(0).max(1);

/**
 * Why something was decided or answered. `values.text` commits to the sentences, `values.output` to
 * the output.
 */
export const explanationV1 = defineRecordType(
  'spanforge.explanation.v1',
  z.strictObject({
    agent_id: name,
    model_type: z.enum(['llm', 'rag', 'multi_agent', 'classifier', 'embedding']),
    /** The strictest outcome among the explained records. */
    explained_outcome: outcome.optional(),
    confidence: ratio.optional(),
    confidence_threshold: ratio,
    /** The share of the explained decisions that have at least one factor. */
    coverage: ratio,
    factors: z.array(
      z.strictObject({
        name,
        weight: ratio,
        contribution: z.number().min(-1).max(1),
        confidence: ratio,
        /** Ids of the records from which it was derived. */
        evidence: z.array(z.string()),
      }),
    ),
    /** Ids of the explained records. */
    explains: z.array(z.string()),
    articles: z.array(
      z.strictObject({
        article: z.enum(['12', '13', '14']),
        status: z.enum(['evidence_present', 'evidence_absent', 'not_assessed']),
        field: z.string(),
      }),
    ),
    policy: policyAnswer.optional(),
    values: values.optional(),
  }),
);

/** The payload of `spanforge.explanation.v1`, with names in camelCase. */
export type ExplanationBody = RecordBody<typeof explanationV1>;
