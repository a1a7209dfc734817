import { fromUtf8, type NoteVerifier } from '@spanforge/core-signing';
import { checkpointKey } from '../checkpoint-store.js';
import type { ProvableCheckpoint } from '../checkpointer.js';
import type { EvidenceStore } from '../store.js';
import { readIndexHead } from './index-head.js';

/**
 * The newest checkpoint with a signed index of the same size, for whoever has no key: a frozen log can
 * be exported up to there.
 */
export async function readProvable(
  store: EvidenceStore,
  origin: string,
  logKey: NoteVerifier,
): Promise<ProvableCheckpoint | undefined> {
  const index = await readIndexHead(store, origin, logKey);
  const note = index && (await store.getDerived(checkpointKey(index.size)));
  return note && { size: index.size, root: index.logRoot, note: fromUtf8(note), index };
}
