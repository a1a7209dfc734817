import {
  equalBytes,
  formatCheckpoint,
  fromHex,
  fromUtf8,
  type IndexTerms,
  type IndexTreeHead,
  indexOrigin,
  indexRanges,
  indexRoot,
  indexTermsOf,
  type NoteVerifier,
  openNote,
  parseCheckpoint,
  type SigningKey,
  signNote,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import { z } from 'zod';
import type { EvidenceStore } from '../store.js';

/** What the log's key has signed about the index of the first `size` records. */
export interface SignedIndexHead {
  /** Which terms it is over; a head of earlier terms proves nothing about the later ones. */
  readonly terms: IndexTerms;
  readonly size: number;
  /** Root of the log at this size. */
  readonly logRoot: Uint8Array;
  /** One for each range of the size, in order. */
  readonly trees: readonly IndexTreeHead[];
  /** Signed note; see docs/reference/index-proofs.md. */
  readonly note: string;
}

/** Key of the head signed last, among the derived values. */
export const LATEST_INDEX_HEAD = 'index/latest';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const schema = z.strictObject({
  size: z.int().min(0),
  log_root: hash,
  trees: z.array(z.strictObject({ entries: z.int().min(0), root: hash })),
  note: z.string(),
});

/** Signs a head under the name of the log. */
export async function signIndexHead(
  parts: Omit<SignedIndexHead, 'note' | 'terms'> & { readonly origin: string },
  key: SigningKey,
): Promise<SignedIndexHead> {
  const { origin, size, logRoot, trees } = parts;
  const root = indexRoot(logRoot, trees);
  const body = formatCheckpoint({ origin: indexOrigin(origin), size, root });
  return { terms: 2, size, logRoot, trees, note: await signNote(body, [{ name: origin, key }]) };
}

/** The derived value that keeps a head. */
export function indexHeadEntry({
  size,
  logRoot,
  trees,
  note,
}: SignedIndexHead): readonly [string, Uint8Array] {
  const kept = trees.map(({ entries, root }) => ({ entries, root: toHex(root) }));
  const text = JSON.stringify({ size, log_root: toHex(logRoot), trees: kept, note });
  return [LATEST_INDEX_HEAD, utf8(text)];
}

function parseHead(bytes: Uint8Array): Omit<SignedIndexHead, 'terms'> | undefined {
  try {
    const { size, log_root, trees, note } = schema.parse(JSON.parse(fromUtf8(bytes)));
    const ranges = indexRanges(size);
    if (ranges.length !== trees.length) return undefined;
    const ranged = ranges.flatMap((range, at) => {
      const tree = trees[at];
      return tree ? [{ ...range, entries: tree.entries, root: fromHex(tree.root) }] : [];
    });
    return { size, logRoot: fromHex(log_root), trees: ranged, note };
  } catch {
    return undefined;
  }
}

/** The terms that the head is signed for; undefined when its signature does not hold. */
async function signedTerms(
  { size, logRoot, trees, note }: Omit<SignedIndexHead, 'terms'>,
  logKey: NoteVerifier,
  origin: string,
): Promise<IndexTerms | undefined> {
  try {
    const signed = parseCheckpoint((await openNote(note, [logKey])).body);
    const isThis = signed.size === size && equalBytes(signed.root, indexRoot(logRoot, trees));
    return isThis ? indexTermsOf(signed.origin, origin) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The head signed last, when its signature holds; anything else in its place counts as none: then the
 * log is read by its bytes.
 */
export async function readIndexHead(
  store: EvidenceStore,
  origin: string,
  logKey: NoteVerifier,
): Promise<SignedIndexHead | undefined> {
  const bytes = await store.getDerived(LATEST_INDEX_HEAD);
  const head = bytes && parseHead(bytes);
  const terms = head && (await signedTerms(head, logKey, origin));
  return head && terms && { ...head, terms };
}
