import { createFrontier, type FrontierState, fromHex, toHex } from '@spanforge/core-signing';
import { z } from 'zod';
import { EventsError } from '../error.js';

/** What a signer signed last. It only signs checkpoints that extend this one. */
export interface HighWaterMark {
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  readonly frontier: FrontierState;
  /** Set when the log was found to contradict the mark; the signer then signs nothing more. */
  readonly frozen?: { readonly reason: string; readonly index?: number };
}

/** Keeps the mark outside the store, so that a changed store cannot change it. */
export interface HighWaterMarkKeeper {
  /**
   * The mark saved last; undefined only when none was ever saved.
   *
   * @throws {EventsError} `EVENTS_STORE_INVALID` when the saved mark cannot be read.
   */
  load(): Promise<HighWaterMark | undefined>;
  /** Resolves when the mark is durable. */
  save(mark: HighWaterMark): Promise<void>;
  /**
   * Saves a mark only where the one kept is still the one that was loaded: false, and nothing is
   * saved, where another signer has saved one since. Without it, two signers of which one has lost
   * its lease unnoticed could set the mark back.
   */
  replace?(loaded: HighWaterMark | undefined, mark: HighWaterMark): Promise<boolean>;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const schema = z.strictObject({
  v: z.literal('spanforge.mark.v1'),
  origin: z.string(),
  size: z.int().min(0),
  root: hash,
  frontier: z.array(hash),
  frozen: z.strictObject({ reason: z.string(), index: z.int().optional() }).optional(),
});

/** The mark as text, to be kept in a file. */
export function formatMark(mark: HighWaterMark): string {
  const { origin, size, root, frontier, frozen } = mark;
  return `${JSON.stringify(
    {
      v: 'spanforge.mark.v1',
      origin,
      size,
      root,
      frontier: frontier.hashes.map(toHex),
      ...(frozen ? { frozen } : {}),
    },
    null,
    2,
  )}\n`;
}

/**
 * Reads a mark from its text.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` when it is not a mark: never taken for a missing one.
 */
export function parseMark(text: string): HighWaterMark {
  try {
    const { origin, size, root, frontier, frozen } = schema.parse(JSON.parse(text));
    const state = { size, hashes: frontier.map(fromHex) };
    if (toHex(createFrontier(state).root()) !== root)
      throw new TypeError('root and frontier differ');
    const mark = { origin, size, root, frontier: state };
    if (!frozen) return mark;
    const { reason, index } = frozen;
    return { ...mark, frozen: index === undefined ? { reason } : { reason, index } };
  } catch (cause) {
    throw new EventsError('EVENTS_STORE_INVALID', "the signer's high-water mark cannot be read", {
      cause,
    });
  }
}

/** True for two marks that say the same, and for two that are missing. */
export function isSameMark(
  one: HighWaterMark | undefined,
  other: HighWaterMark | undefined,
): boolean {
  if (one === undefined || other === undefined) return one === other;
  return formatMark(one) === formatMark(other);
}

/** Keeps the mark for the life of the process: for tests and first looks. */
export function createMemoryMark(): Required<HighWaterMarkKeeper> {
  let kept: HighWaterMark | undefined;
  return {
    load: async () => kept,
    save: async (mark) => {
      kept = mark;
    },
    replace: async (loaded, mark) => {
      if (!isSameMark(kept, loaded)) return false;
      kept = mark;
      return true;
    },
  };
}
