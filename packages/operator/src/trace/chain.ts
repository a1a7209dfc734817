import type { EvidenceRecord } from '@spanforge/core-events';
import { createProver, type SignedCheckpoint } from '@spanforge/core-events/log';
import {
  leafHash,
  type NoteVerifier,
  toHex,
  verifyCheckpoint,
  verifyInclusion,
} from '@spanforge/core-signing';
import type { OperatorLog } from '../log-state.js';
import { readTiles, tilesProve } from '../tiles.js';
import type { BrokenRecord, Selection } from './read-trace.js';

/** The state of a record: covered by a checkpoint, durable only, or not authentic. */
export type RecordState = 'published' | 'acknowledged' | 'broken';

/** The state of the evidence itself. */
export interface ChainReport {
  /**
   * `published`: every record is proven in the latest checkpoint. `acknowledged`: all are authentic
   * and durable, but not all are covered yet. `empty`: there are no records.
   */
  readonly status: 'empty' | 'acknowledged' | 'published' | 'broken';
  /** Records proven to be in the latest checkpoint. */
  readonly published: number;
  /** Durable records that no checkpoint covers yet. */
  readonly acknowledged: number;
  /** Faults, lowest index first; a fault without an index is about the checkpoint. */
  readonly broken: readonly (Omit<BrokenRecord, 'index'> & { readonly index?: number })[];
  readonly checkpoint?: {
    readonly size: number;
    /** Hex. */
    readonly root: string;
    readonly signature: 'verified' | 'not_checked' | 'refused';
  };
}

/** The chain report, and the state of each whole record by its index. */
export interface CheckedChain {
  readonly report: ChainReport;
  readonly states: ReadonlyMap<number, RecordState>;
}

/** With this many records, tiles are cheaper than a path for each record. */
const TOGETHER = 64;

/** The note that each key verified last, as a cache. */
const verifiedNotes = new WeakMap<NoteVerifier, string>();

/** Checks a checkpoint's signature, if a key was given. */
async function judgeSignature(
  checkpoint: SignedCheckpoint,
  origin: string,
  logKey: NoteVerifier | undefined,
): Promise<'not_checked' | 'verified' | { readonly refused: string }> {
  if (!logKey) return 'not_checked';
  const known = `${origin}\n${checkpoint.note}`;
  if (verifiedNotes.get(logKey) === known) return 'verified';
  const verified = await verifyCheckpoint(checkpoint.note, { origin, verifiers: [logKey] });
  if (!verified.ok) return { refused: verified.reason };
  verifiedNotes.set(logKey, known);
  return 'verified';
}

/** Indexes of the records that the checkpoint proves. */
async function includedIn(
  log: OperatorLog,
  records: readonly EvidenceRecord[],
  { size, root }: SignedCheckpoint,
): Promise<ReadonlySet<number>> {
  const included = new Set<number>();
  const prover = createProver(log.store);
  for (let at = 0; at < records.length; at += TOGETHER) {
    const some = records.slice(at, at + TOGETHER);
    const proofs = await prover.inclusions(
      some.map(({ index }) => index),
      size,
    );
    for (const [i, { index, bytes }] of some.entries()) {
      const proof = proofs[i] ?? [];
      const proven = verifyInclusion({ index, size, leaf: leafHash(bytes), proof, root });
      if (proven) included.add(index);
    }
  }
  return included;
}

/** The state of each record; records are proven together, and one by one only if that fails. */
async function statesOf(
  log: OperatorLog,
  records: readonly EvidenceRecord[],
  checkpoint: SignedCheckpoint | undefined,
): Promise<ReadonlyMap<number, RecordState>> {
  const size = checkpoint?.size ?? 0;
  const covered = records.filter(({ index }) => index < size);
  const together =
    checkpoint !== undefined &&
    covered.length > TOGETHER &&
    tilesProve(await readTiles(log, covered, size), covered, checkpoint);
  const included = checkpoint && !together ? await includedIn(log, covered, checkpoint) : undefined;
  const states = new Map<number, RecordState>();
  for (const record of records) {
    if (!checkpoint || record.index >= size) states.set(record.index, 'acknowledged');
    else {
      const proven = together || included?.has(record.index) === true;
      states.set(record.index, proven ? 'published' : 'broken');
    }
  }
  return states;
}

/**
 * Proves each record against the latest checkpoint. Leaf hashes and HMACs were checked when the
 * records were read.
 */
export async function checkChain(
  log: OperatorLog,
  { records, broken }: Selection,
  checkpoint: SignedCheckpoint | undefined,
  logKey: NoteVerifier | undefined,
): Promise<CheckedChain> {
  const size = await log.size();
  const shortened = checkpoint !== undefined && size < checkpoint.size;
  const states = await statesOf(log, records, shortened ? undefined : checkpoint);
  const faults: { index?: number; reason: string }[] = [...broken];
  if (shortened) faults.push({ reason: 'log_shorter_than_checkpoint' });
  for (const [index, state] of states) {
    if (state === 'broken') faults.push({ index, reason: 'not_in_checkpoint' });
  }
  const signature = checkpoint && (await judgeSignature(checkpoint, log.origin, logKey));
  if (typeof signature === 'object') faults.push({ reason: signature.refused });
  const count = (wanted: RecordState): number =>
    [...states.values()].filter((state) => state === wanted).length;
  const acknowledged = count('acknowledged');
  const whole = acknowledged > 0 ? 'acknowledged' : 'published';
  return {
    states,
    report: {
      status: faults.length > 0 ? 'broken' : records.length === 0 ? 'empty' : whole,
      published: count('published'),
      acknowledged,
      broken: faults.sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity)),
      ...(checkpoint && signature
        ? {
            checkpoint: {
              size: checkpoint.size,
              root: toHex(checkpoint.root),
              signature: typeof signature === 'object' ? 'refused' : signature,
            },
          }
        : {}),
    },
  };
}
