import { z } from 'zod';
import { RagError } from './error.js';

/** Code units of an answer at most: its disclosure has a limit. */
export const MAX_ANSWER_LENGTH = 150_000;
/** Code units of one source at most. */
export const MAX_SOURCE_LENGTH = 150_000;
/** Sources of one answer at most. */
export const MAX_SOURCES = 200;

const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed(), 'not well-formed Unicode');

const id = z
  .string()
  .min(1)
  .max(128)
  .refine((value) => value.isWellFormed(), 'not well-formed Unicode');

const ratio = z.number().min(0).max(1);

const source = z.strictObject({
  id,
  text: text(MAX_SOURCE_LENGTH),
  /** The retriever's own score. */
  score: z.number().optional(),
  /** Only for `mayRead`: who may read it, where it came from. Never recorded. */
  metadata: z.record(z.string(), z.unknown()).optional(),
});

const judgedClaim = z.strictObject({
  text: text(MAX_ANSWER_LENGTH),
  score: ratio,
  sourceIds: z.array(id).max(MAX_SOURCES),
});

const distinct = (list: readonly { readonly id: string }[]): boolean =>
  new Set(list.map((one) => one.id)).size === list.length;

const sources = z.array(source).max(MAX_SOURCES).refine(distinct, 'a source id is given twice');

const sessionId = z.string().min(1).max(128);

/** What an assessment is given. */
export const groundingInput = z.strictObject({
  answer: text(MAX_ANSWER_LENGTH),
  sources,
  sessionId: sessionId.optional(),
  /** Claims that were judged elsewhere. The answer is then not split into claims. */
  claims: z.array(judgedClaim).max(2000).optional(),
  /** Who judged them. */
  judgedBy: z.strictObject({ name: id, version: id }).optional(),
});

export const queryInput = z.strictObject({
  query: text(MAX_ANSWER_LENGTH),
  sessionId: sessionId.optional(),
});
export const retrievalInput = z.strictObject({ sessionId, chunks: sources });
export const generationInput = z.strictObject({
  sessionId,
  answer: text(MAX_ANSWER_LENGTH),
  model: z.string().min(1).max(256).optional(),
});
export const endInput = z.strictObject({ sessionId });

/** A retrieved text, with what `mayRead` needs to decide about it. */
export type Chunk = Readonly<z.infer<typeof source>>;
/** A claim that was judged elsewhere. */
export type JudgedClaim = Readonly<z.infer<typeof judgedClaim>>;

/** @throws {RagError} `RAG_INPUT_INVALID` with the path of the first fault. */
export function parseInput<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.map(String).join('.') ?? '';
  throw new RagError('RAG_INPUT_INVALID', `${path || 'input'}: ${issue?.message ?? 'invalid'}`, {
    details: { path },
  });
}
