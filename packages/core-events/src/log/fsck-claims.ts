import {
  fromUtf8,
  type NoteVerifier,
  openNote,
  parseCheckpoint,
  SigningError,
  toHex,
} from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import {
  CHECKPOINT_PREFIX,
  checkpointKey,
  readLatestCheckpoint,
  unknownDerived,
} from './checkpoint-store.js';
import { type FsckFinding, fault } from './fsck-report.js';
import type { HighWaterMark, HighWaterMarkKeeper } from './high-water-mark.js';
import type { EvidenceStore } from './store.js';

/** What was signed about a log (checkpoints and mark), to be compared with its root at each of those sizes. */
export interface SignedClaims {
  readonly checkpoints: number;
  /** Faults of the signed claims themselves. */
  readonly findings: readonly FsckFinding[];
  /** The smallest size not compared yet; infinite when there is none. */
  due(): number;
  /** Compares everything signed about the size that is due with the root there, in hex. */
  compare(root: string): Promise<readonly FsckFinding[]>;
  /** Findings for claims about sizes beyond the log's. */
  beyond(size: number): readonly FsckFinding[];
}

/** Where claims come from. */
export interface ClaimSources {
  readonly store: EvidenceStore;
  readonly origin: string;
  readonly mark?: HighWaterMarkKeeper;
  /** Checkpoints must be signed by this key; signatures are not looked at when absent. */
  readonly logKey?: NoteVerifier;
  readonly earlierLogKeys?: readonly NoteVerifier[];
}

const isInvalid = (error: unknown): error is EventsError =>
  EventsError.is(error) && error.code === 'EVENTS_STORE_INVALID';

const SIZE_KEY = /^checkpoint\/(\d{16})$/;

async function readMark(
  mark: HighWaterMarkKeeper | undefined,
  origin: string,
): Promise<{ kept?: HighWaterMark; findings: readonly FsckFinding[] }> {
  try {
    const kept = await mark?.load();
    if (!kept) return { findings: [] };
    if (kept.origin !== origin) {
      return { findings: [fault('mark_mismatch', "the signer's mark is that of another log")] };
    }
    const { frozen } = kept;
    if (!frozen) return { kept, findings: [] };
    const message = `the signer froze the log: ${frozen.reason}`;
    return { kept, findings: [fault('log_frozen', message, frozen.index)] };
  } catch (error) {
    if (!EventsError.is(error) || error.code !== 'EVENTS_STORE_INVALID') throw error;
    return { findings: [fault('mark_mismatch', "the signer's mark cannot be read")] };
  }
}

async function bodyOf(
  note: string,
  { logKey, earlierLogKeys = [] }: Pick<ClaimSources, 'logKey' | 'earlierLogKeys'>,
): Promise<string> {
  if (logKey) return (await openNote(note, [logKey, ...earlierLogKeys])).body;
  return note.slice(0, note.indexOf('\n\n') + 1);
}

async function compareNote(
  { store, origin, logKey, earlierLogKeys = [] }: ClaimSources,
  size: number,
  root: string,
): Promise<readonly FsckFinding[]> {
  const keys = logKey ? { logKey, earlierLogKeys } : {};
  try {
    const bytes = await store.getDerived(checkpointKey(size));
    const signed = parseCheckpoint(await bodyOf(fromUtf8(bytes ?? new Uint8Array(0)), keys));
    if (signed.origin !== origin || signed.size !== size) {
      return [fault('checkpoint_mismatch', `the checkpoint at size ${size} is another one`, size)];
    }
    return toHex(signed.root) === root ? [] : [rootDiffers('checkpoint_mismatch', size)];
  } catch (error) {
    if (!SigningError.is(error) && !isInvalid(error)) throw error;
    const { reason } = error.details;
    const unsigned = reason === 'bad_signature' || reason === 'no_known_signature';
    const code = unsigned ? 'checkpoint_signature' : 'checkpoint_unreadable';
    const what = unsigned ? "is not signed by the log's key" : 'cannot be read';
    return [fault(code, `the checkpoint of size ${size} ${what}`, size)];
  }
}

function rootDiffers(code: FsckFinding['code'], size: number): FsckFinding {
  return fault(code, `the root at size ${size} is not the one that was signed`, size);
}

/** An older mark would let the records after it be removed, and the rest be signed again. */
function markSetBack(kept: HighWaterMark, released: number | undefined): readonly FsckFinding[] {
  if (released === undefined || released <= kept.size) return [];
  const message = `the signer's mark is of size ${kept.size}; a checkpoint of size ${released} was released`;
  return [fault('mark_rolled_back', message, kept.size)];
}

/** Checks that both copies of the last released checkpoint are the same note. */
async function checkLatest(store: EvidenceStore): Promise<readonly FsckFinding[]> {
  try {
    const latest = await readLatestCheckpoint(store);
    if (!latest) return [];
    const note = await store.getDerived(checkpointKey(latest.size));
    if (note && fromUtf8(note) === latest.note) return [];
    return [fault('checkpoint_mismatch', 'the latest checkpoint is not among those released')];
  } catch (error) {
    if (EventsError.is(error) && error.code !== 'EVENTS_STORE_INVALID') throw error;
    return [fault('checkpoint_unreadable', 'the latest checkpoint cannot be read')];
  }
}

const describeUnknown = (key: string): string =>
  `the store holds a derived value ${JSON.stringify(key.slice(0, 100))}, which no log writes: "audit reindex" removes it`;

/** Reads what was signed; the notes themselves are read when their size is reached. */
export async function readClaims(sources: ClaimSources): Promise<SignedClaims> {
  const { store, origin, mark } = sources;
  // In this order: a mark is saved before its checkpoint is released.
  const keys = await store.listDerived(CHECKPOINT_PREFIX);
  const { kept, findings } = await readMark(mark, origin);
  // Keys are sorted and their sizes have one width: the smallest comes first.
  const sizes = keys.flatMap((key) => SIZE_KEY.exec(key)?.[1] ?? []).map(Number);
  const isMarkGone = mark !== undefined && !kept && findings.length === 0 && sizes.length > 0;
  const strange = await unknownDerived(store);
  let at = 0;
  let markAt = kept?.size ?? Number.POSITIVE_INFINITY;
  const due = (): number => Math.min(sizes[at] ?? Number.POSITIVE_INFINITY, markAt);
  return {
    checkpoints: sizes.length,
    findings: [
      ...findings,
      ...(isMarkGone ? [fault('mark_missing', 'there are checkpoints, and no mark of them')] : []),
      ...(kept ? markSetBack(kept, sizes.at(-1)) : []),
      ...strange.map((key) => fault('derived_unknown', describeUnknown(key))),
      ...(await checkLatest(store)),
    ],
    due,
    async compare(root) {
      const size = due();
      const found: FsckFinding[] = [];
      if (size === sizes[at]) {
        at += 1;
        found.push(...(await compareNote(sources, size, root)));
      }
      if (size === markAt) {
        markAt = Number.POSITIVE_INFINITY;
        if (kept?.root !== root) found.push(rootDiffers('mark_mismatch', size));
      }
      return found;
    },
    beyond(size) {
      const signed = [...sizes.slice(at), ...(markAt === Number.POSITIVE_INFINITY ? [] : [markAt])];
      return [...new Set(signed)].map((one) =>
        fault('checkpoint_beyond_log', `size ${one} was signed; the log has ${size} records`, one),
      );
    },
  };
}
