import type { Disclosure } from '@spanforge/core-signing';
import {
  createFrontier,
  type Frontier,
  leafHash,
  type NoteVerifier,
  openDisclosure,
  toHex,
} from '@spanforge/core-signing';
import type { EvidenceRecord } from '../evidence.js';
import { readClaims } from './fsck-claims.js';
import { type FsckFinding, type FsckReport, fault } from './fsck-report.js';
import { createTakenCheck } from './fsck-taken.js';
import type { HighWaterMarkKeeper } from './high-water-mark.js';
import { readTermsFrom } from './index/terms-from.js';
import { createProver } from './prover.js';
import type { EvidenceStore, StoredRecord, StoreInspection, StoreTerms } from './store.js';
import { isLaterTerm } from './terms.js';
import { termsOfBytes } from './terms-of-bytes.js';
import type { EvidenceLog } from './types.js';
import { createWriterNumbers, type WriterNumbers } from './writer-numbers.js';

/** What is examined, with what, and how one is told of the progress. */
export interface FsckOptions {
  readonly log: EvidenceLog;
  /** The signer's mark, which no store can change. */
  readonly mark?: HighWaterMarkKeeper;
  /**
   * The log's key, from outside the store: released checkpoints must be signed by it. Without it,
   * checkpoints are compared with the log and their signatures are not looked at.
   */
  readonly logKey?: NoteVerifier;
  /** Called after every few hundred records. */
  readonly onProgress?: (done: number, total: number) => void;
}

const CHUNK = 512;
const TERMS_AT_ONCE = 8192;
const LEAF_BYTES = 32;

function disclosureFault(record: EvidenceRecord, disclosure: Disclosure): string | undefined {
  const { values } = record.body;
  const committed: object = typeof values === 'object' && values !== null ? values : {};
  try {
    const { name, digest } = openDisclosure(disclosure.encoded);
    const named = Object.entries(committed).find(([key]) => key === name)?.[1];
    if (digest === disclosure.digest && named === digest) return undefined;
    return `the disclosure of ${JSON.stringify(name)} is not what the record commits to`;
  } catch {
    return 'a disclosure cannot be read';
  }
}

async function checkRecord(
  log: EvidenceLog,
  stored: StoredRecord,
  index: number,
  numbers: WriterNumbers,
): Promise<readonly FsckFinding[]> {
  const found: FsckFinding[] = [];
  if (stored.index !== index) {
    found.push(
      fault('index_mismatch', `index ${stored.index} stands where ${index} belongs`, index),
    );
  }
  const decoded = log.decode(stored);
  if (!decoded.ok) {
    return [...found, fault(decoded.fault, `record ${index}: ${decoded.fault}`, index)];
  }
  found.push(...numbers.note(decoded.record));
  for (const disclosure of await log.disclosures(index)) {
    const message = disclosureFault(decoded.record, disclosure);
    if (message) found.push(fault('disclosure_mismatch', message, index));
  }
  return found;
}

/** The terms the store has for a record; nothing where the driver cannot say. */
type IndexedTerms = (index: number) => Promise<readonly string[] | undefined>;

/** Reads the terms of many records at a time: a driver looks them up by segment. */
function createIndexedTerms(store: EvidenceStore & Partial<StoreTerms>): IndexedTerms {
  let first = 0;
  let block: readonly (readonly string[])[] = [];
  return async (index) => {
    if (!store.readTerms) return undefined;
    if (index < first || index >= first + block.length) {
      first = index;
      block = await store.readTerms(index, TERMS_AT_ONCE);
    }
    return block[index - first] ?? [];
  };
}

/** Records that were written before some terms were known. */
interface EarlierTerms {
  readonly from: number;
  lacking: number;
}

function earlierFindings({ lacking }: EarlierTerms): readonly FsckFinding[] {
  if (lacking === 0) return [];
  const message = `${lacking} records are not found by agent, actor, tool and rule: run "audit reindex"`;
  return [{ severity: 'warning', code: 'terms_earlier', message }];
}

/** What a record can be found by must follow from its bytes, no more and no less. */
async function checkTerms(
  { index, bytes }: StoredRecord,
  indexed: IndexedTerms,
  earlier: EarlierTerms,
): Promise<readonly FsckFinding[]> {
  const terms = await indexed(index);
  if (!terms) return [];
  const expected = new Set(termsOfBytes(bytes));
  const found = new Set(terms);
  const missing = [...expected].filter((term) => !found.has(term));
  const lost = missing.filter((term) => !(index < earlier.from && isLaterTerm(term)));
  if (lost.length < missing.length) earlier.lacking += 1;
  const strange = [...found].filter((term) => !expected.has(term));
  const say = (what: string, terms: readonly string[]) =>
    terms.map((term) =>
      fault('terms_mismatch', `record ${index}: the index ${what} ${term}`, index),
    );
  return [...say('lacks', lost), ...say('has, and the record has not,', strange)];
}

/** The leaf as stored: the tree is what was stored, `leaf_mismatch` says where it is not the bytes'. */
function leafOf({ leaf, bytes }: StoredRecord): Uint8Array {
  return leaf.length === LEAF_BYTES ? leaf : leafHash(bytes);
}

async function checkTiles(
  store: EvidenceStore,
  { size, root }: Frontier,
): Promise<readonly FsckFinding[]> {
  if ((await store.listDerived('tile/')).length === 0) return [];
  const proven = await createProver(store)
    .root(size)
    .catch(() => undefined);
  if (proven && toHex(proven) === toHex(root())) return [];
  const message = 'the stored tiles do not lead to the root: proofs made from them will not verify';
  return [{ severity: 'warning', code: 'tile_mismatch', message }];
}

async function inspect(store: EvidenceStore): Promise<readonly FsckFinding[]> {
  const messages = await (store as Partial<StoreInspection>).inspect?.();
  return (messages ?? []).map((message) => fault('store_structure', message));
}

/**
 * Reads a whole log and checks everything that can be checked without the signer: bytes against
 * leaves and HMACs, roots against every released checkpoint and the mark, writer numbers,
 * disclosures, every index entry, claim and idempotency key against the bytes it follows from, and the
 * store's own structures. Changes nothing.
 *
 * Memory does not grow with the log, apart from findings and the keys of its checkpoints. Records
 * that are appended meanwhile are left for the next time.
 *
 * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE` when the store cannot be read: what could not be
 *   examined is never reported as whole.
 */
export async function fsck(options: FsckOptions): Promise<FsckReport> {
  const { log, onProgress } = options;
  const { store, origin } = log;
  // Claims before the size: a log only grows, so that whatever was signed by now must be in it.
  const claims = await readClaims({ ...options, store, origin });
  const total = await log.size();
  const frontier = createFrontier();
  const numbers = createWriterNumbers();
  const findings: FsckFinding[] = [...claims.findings];
  const indexed = createIndexedTerms(store);
  const earlier: EarlierTerms = { from: (await readTermsFrom(store)) ?? total, lacking: 0 };
  const taken = createTakenCheck(store);
  const compareClaims = async (): Promise<void> => {
    if (claims.due() !== frontier.size) return;
    findings.push(...(await claims.compare(toHex(frontier.root()))));
  };
  await compareClaims();
  while (frontier.size < total) {
    const records = await store.read(frontier.size, Math.min(CHUNK, total - frontier.size));
    if (records.length === 0) {
      findings.push(fault('records_missing', 'records are missing from here on', frontier.size));
      break;
    }
    for (const stored of records) {
      findings.push(...(await checkRecord(log, stored, frontier.size, numbers)));
      findings.push(...(await taken.note(stored)));
      findings.push(...(await checkTerms(stored, indexed, earlier)));
      frontier.append(leafOf(stored));
      await compareClaims();
    }
    onProgress?.(frontier.size, total);
  }
  findings.push(...numbers.holes(), ...claims.beyond(frontier.size));
  findings.push(...earlierFindings(earlier), ...(await taken.finish(earlier.from, frontier.size)));
  findings.push(...(await checkTiles(store, frontier)), ...(await inspect(store)));
  const root = toHex(frontier.root());
  return { size: total, root, checkpoints: claims.checkpoints, findings };
}
