import { toHex } from '@spanforge/core-signing';
import type { EvidenceStore } from '../store.js';
import type { TreeEntry } from './tree-entry.js';

/** Pages kept, at 2 KB each: enough for the index of about six million records. */
const MOST_PAGES = 8192;

/** The beginnings of a page's terms, ascending, as numbers. */
export type PageTerms = Float64Array;

/** Pages that are known to have a root, by that root: what they hold can never change. */
export interface ProvenPages {
  get(root: Uint8Array): PageTerms | undefined;
  add(root: Uint8Array, page: readonly TreeEntry[]): PageTerms;
}

/** The first six bytes of a hash as a number: terms that differ in them have the same order. */
export function beginningOf(term: Uint8Array): number {
  let number = 0;
  for (let at = 0; at < 6; at += 1) number = number * 256 + (term[at] ?? 0);
  return number;
}

function createProvenPages(): ProvenPages {
  const pages = new Map<string, PageTerms>();
  return {
    get(root) {
      const name = toHex(root);
      const known = pages.get(name);
      if (known === undefined) return undefined;
      pages.delete(name);
      pages.set(name, known);
      return known;
    },
    add(root, page) {
      const terms = Float64Array.from(page, ({ term }) => beginningOf(term));
      pages.set(toHex(root), terms);
      const [oldest] = pages.keys();
      if (pages.size > MOST_PAGES && oldest !== undefined) pages.delete(oldest);
      return terms;
    },
  };
}

const known = new WeakMap<EvidenceStore, ProvenPages>();

/** The proven pages of a store, for look-ups. From now on the signer of the store adds the pages it writes. */
export function keepProvenPages(store: EvidenceStore): ProvenPages {
  const kept = known.get(store) ?? createProvenPages();
  known.set(store, kept);
  return kept;
}

/** Adds a page that the signer wrote. Does nothing unless {@link keepProvenPages} was called for the store. */
export function notePage(store: EvidenceStore, root: Uint8Array, page: readonly TreeEntry[]): void {
  known.get(store)?.add(root, page);
}
