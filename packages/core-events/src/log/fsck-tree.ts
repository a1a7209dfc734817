import { type Frontier, type NoteVerifier, toHex } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import { type FsckFinding, fault } from './fsck-report.js';
import { LATEST_INDEX_HEAD, readIndexHead } from './index/index-head.js';
import { createProver } from './prover.js';
import type { EvidenceStore } from './store.js';
import type { EvidenceLog } from './types.js';

/** Compares the stored tiles with the root of the log. */
export async function checkTiles(
  store: EvidenceStore,
  { size, root }: Frontier,
): Promise<readonly FsckFinding[]> {
  if ((await store.listDerived('tile/')).length === 0) return [];
  const proven = await createProver(store)
    .root(size)
    .catch((error: unknown) => {
      // An unavailable store proves nothing about its tiles.
      if (EventsError.is(error) && error.code === 'EVENTS_STORE_UNAVAILABLE') throw error;
      return undefined;
    });
  if (proven && toHex(proven) === toHex(root())) return [];
  const message = 'the stored tiles do not lead to the root: proofs made from them will not verify';
  return [{ severity: 'warning', code: 'tile_mismatch', message }];
}

/** Checks the signed head of the index; without it completeness cannot be proven until it is signed again. */
export async function readHead(
  { store, origin }: Pick<EvidenceLog, 'store' | 'origin'>,
  logKey: NoteVerifier | undefined,
) {
  if (!logKey || !(await store.getDerived(LATEST_INDEX_HEAD))) return undefined;
  return { head: await readIndexHead(store, origin, logKey) };
}

/** Compares the size that the signed index names with that of the log. */
export function checkHead(
  found: Awaited<ReturnType<typeof readHead>>,
  size: number,
): readonly FsckFinding[] {
  if (!found) return [];
  const { head } = found;
  if (!head) {
    const message = "the head of the index cannot be read or is not signed by the log's key";
    return [{ severity: 'warning', code: 'index_head_unreadable', message }];
  }
  if (head.size <= size) return [];
  const message = `the index of ${head.size} records was signed; the log has ${size}`;
  return [fault('checkpoint_beyond_log', message, head.size)];
}
