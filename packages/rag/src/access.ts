import { type EvidenceContext, within } from '@spanforge/core-events';
import type { Chunk } from './input.js';
import type { MayRead } from './types.js';

/** The retrieved chunks that may be read. */
export interface ReadableChunks {
  readonly chunks: readonly Chunk[];
  /** Withheld: the check refused, failed, was too slow, or answered anything but true. */
  readonly withheld: number;
}

/** Asks about each chunk. Only `true` allows one; never rejects. */
export async function readable(
  chunks: readonly Chunk[],
  context: EvidenceContext,
  { mayRead, timeoutMs }: { readonly mayRead: MayRead | undefined; readonly timeoutMs: number },
): Promise<ReadableChunks> {
  if (mayRead === undefined) return { chunks, withheld: 0 };
  const answers = await Promise.all(
    chunks.map(async (chunk) => {
      try {
        return (await within(timeoutMs, async () => mayRead(chunk, context))) === true;
      } catch {
        return false;
      }
    }),
  );
  const allowed = chunks.filter((_, at) => answers[at] === true);
  return { chunks: allowed, withheld: chunks.length - allowed.length };
}
