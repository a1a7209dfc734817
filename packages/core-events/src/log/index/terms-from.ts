import { fromUtf8, utf8 } from '@spanforge/core-signing';
import type { EvidenceStore } from '../store.js';

/** Key of the derived value that says from where on records carry all terms. */
const KEY = 'index/terms';

const TEXT = /^2 (\d{1,16})\n$/;

/**
 * The index from which on records carry the terms of agent, actor, tool, rule and claim; undefined in
 * a log that was written before there were such terms.
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
 * From where on records carry all terms; a log that does not say is told that those it will get do.
 * One that cannot be written to stays as it is.
 */
export async function requireTermsFrom(store: EvidenceStore): Promise<number> {
  const known = await readTermsFrom(store);
  if (known !== undefined) return known;
  const from = await store.size();
  await writeTermsFrom(store, from).catch(() => undefined);
  return from;
}
