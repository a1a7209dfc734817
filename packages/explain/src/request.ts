import { z } from 'zod';
import { ExplainError } from './error.js';
import type { ExplainRequest } from './types.js';

const ratio = z.number().min(0).max(1);
const name = z.string().min(1).max(512);

const schema = z.strictObject({
  traceId: z.string().min(1).max(128).optional(),
  agentId: name.optional(),
  modelType: z.enum(['llm', 'rag', 'multi_agent', 'classifier', 'embedding']).optional(),
  confidence: ratio.optional(),
  confidenceThreshold: ratio.optional(),
  explains: z.array(z.string()).max(1000).optional(),
  factors: z
    .array(
      z.strictObject({
        name,
        weight: ratio,
        contribution: z.number().min(-1).max(1),
        confidence: ratio,
        text: z.string().max(4096).optional(),
      }),
    )
    .max(256)
    .optional(),
  output: z.unknown().optional(),
});

/** @throws {ExplainError} `EXPLAIN_REQUEST_INVALID` with the path of the first fault. */
export function checkRequest(request: ExplainRequest): ExplainRequest {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data as ExplainRequest;
  const issue = parsed.error.issues[0];
  const path = `$${(issue?.path ?? []).map((part) => `.${String(part)}`).join('')}`;
  throw new ExplainError('EXPLAIN_REQUEST_INVALID', `${path}: ${issue?.message ?? 'invalid'}`, {
    details: { path },
  });
}
