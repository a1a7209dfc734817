import {
  createNoteVerifier,
  generateSigningKey,
  leafHash,
  toVerificationKey,
  utf8,
} from '@spanforge/core-signing';
import { createCheckpointer } from '../checkpointer.js';
import { createMemoryMark } from '../high-water-mark.js';
import type { EvidenceStore } from '../store.js';
import { provenTerms } from './record-terms.js';

/** For tests of the signed index: a log that signs, and records that follow from their number. */

export const origin = 'example.com/log';
const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
export const logKey = createNoteVerifier(origin, toVerificationKey(signer));

/** The signer of a store; one mark is one signer, also when it starts anew. */
export const createSigner = (store: EvidenceStore, mark = createMemoryMark()) =>
  createCheckpointer({ store, origin, signer, mark, holder: 'a', clock: () => 0 });

/** Appends records up to a size; what each says follows from its index. */
export async function grow(
  store: EvidenceStore,
  size: number,
  recordAt: (index: number) => object,
): Promise<void> {
  const first = await store.size();
  const records = Array.from({ length: size - first }, (_, at) => {
    const bytes = utf8(JSON.stringify(recordAt(first + at)));
    return { bytes, leaf: leafHash(bytes), timeMs: 0, terms: provenTerms(bytes), disclosures: [] };
  });
  if (records.length > 0) await store.append([{ records }]);
}
