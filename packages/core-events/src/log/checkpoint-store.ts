import { fromHex, fromUtf8, toHex, utf8 } from '@spanforge/core-signing';
import { z } from 'zod';
import { EventsError } from '../error.js';
import type { EvidenceStore } from './store.js';

/** A tree head and the note that signs it. */
export interface SignedCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  /** C2SP signed note over the checkpoint. */
  readonly note: string;
}

/** What the keys of checkpoints begin with. */
export const CHECKPOINT_PREFIX = 'checkpoint/';

/** Key of the checkpoint released last. */
export const LATEST_CHECKPOINT = 'checkpoint/latest';

const schema = z.strictObject({
  size: z.int().min(0),
  root: z.string().regex(/^[0-9a-f]{64}$/),
  note: z.string(),
});

/** What a log keeps among the derived values of its store. */
const KNOWN_KEYS = /^(?:checkpoint\/(?:\d{16}|latest)|(?:tile|index|snapshot)\/.+)$/s;

/** Keys of derived values that no log wrote. */
export async function unknownDerived(
  store: Pick<EvidenceStore, 'listDerived'>,
): Promise<readonly string[]> {
  return (await store.listDerived('')).filter((key) => !KNOWN_KEYS.test(key));
}

/** Key of a released checkpoint among the derived values. */
export function checkpointKey(size: number): string {
  return `${CHECKPOINT_PREFIX}${String(size).padStart(16, '0')}`;
}

/** The derived values that release a checkpoint. */
export function checkpointEntries({
  size,
  root,
  note,
}: SignedCheckpoint): readonly (readonly [string, Uint8Array])[] {
  const latest = utf8(JSON.stringify({ size, root: toHex(root), note }));
  return [
    [checkpointKey(size), utf8(note)],
    [LATEST_CHECKPOINT, latest],
  ];
}

/**
 * The checkpoint released last, from the store; its signature is not checked.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` when it cannot be read.
 */
export async function readLatestCheckpoint(
  store: EvidenceStore,
): Promise<SignedCheckpoint | undefined> {
  const bytes = await store.getDerived(LATEST_CHECKPOINT);
  if (!bytes) return undefined;
  try {
    const { size, root, note } = schema.parse(JSON.parse(fromUtf8(bytes)));
    return { size, root: fromHex(root), note };
  } catch (cause) {
    throw new EventsError('EVENTS_STORE_INVALID', 'the latest checkpoint cannot be read', {
      cause,
    });
  }
}

/** The checkpoint released last, according to the store, and whether it can still be read. */
export interface Published {
  /** Absent when nothing was released, and when it cannot be read. */
  readonly latest?: SignedCheckpoint;
  /** Size of the newest checkpoint that was released; absent when there is none. */
  readonly size?: number;
  /** `EVENTS_STORE_INVALID`: checkpoints were released, and the latest is gone or cannot be read. */
  readonly damage?: EventsError;
}

const SIZE = /^checkpoint\/(\d{16})$/;

/**
 * The checkpoint released last. If the latest one is gone or unreadable, the individually stored
 * checkpoints still show how far the log was signed.
 *
 * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE` when the store cannot be read.
 */
export async function readPublished(store: EvidenceStore): Promise<Published> {
  let damage: EventsError | undefined;
  try {
    const latest = await readLatestCheckpoint(store);
    if (latest) return { latest, size: latest.size };
  } catch (error) {
    if (!EventsError.is(error) || error.code !== 'EVENTS_STORE_INVALID') throw error;
    damage = error;
  }
  const keys = await store.listDerived(CHECKPOINT_PREFIX);
  const sizes = keys.flatMap((key) => SIZE.exec(key)?.[1] ?? []).map(Number);
  if (!damage) {
    // It may have been released between the two reads.
    const latest = sizes.length > 0 ? await readLatestCheckpoint(store) : undefined;
    if (latest) return { latest, size: latest.size };
    if (sizes.length === 0) return {};
  }
  damage ??= new EventsError('EVENTS_STORE_INVALID', 'the latest checkpoint is gone');
  return { size: sizes.at(-1) ?? 0, damage };
}
