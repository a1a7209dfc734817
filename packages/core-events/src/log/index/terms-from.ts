import { fromUtf8, utf8 } from '@spanforge/core-signing';
import type { EvidenceStore } from '../store.js';

/** Key of the derived value with the index from which records have all terms. */
const KEY = 'index/terms';

const TEXT = /^2 (\d{1,16})\n$/;

/**
 * The index from which records have the terms of agent, actor, tool, rule and claim; undefined in a log
 * that was written before these terms existed.
 */
export async function readTermsFrom(store: EvidenceStore): Promise<number | undefined> {
  const bytes = await store.getDerived(KEY);
  const found = bytes && TEXT.exec(fromUtf8(bytes))?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Says that all records from this index on carry all terms. */
export async function writeTermsFrom(store: EvidenceStore, from: number): Promise<void> {
  await store.putDerived([[KEY, utf8(`2 ${from}\n`)]]);
}

/**
 * The index from which records have all terms. If the log does not say, stores that its future records
 * will have them, unless the log is read-only.
 */
export async function requireTermsFrom(store: EvidenceStore): Promise<number> {
  const known = await readTermsFrom(store);
  if (known !== undefined) return known;
  const from = await store.size();
  await writeTermsFrom(store, from).catch(() => undefined);
  return from;
}
