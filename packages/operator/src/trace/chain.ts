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
import type { BrokenRecord, Selection } from './read-trace.js';

/** Where one record stands: covered by a checkpoint, durable only, or not to be believed. */
export type RecordState = 'published' | 'acknowledged' | 'broken';

/** What was found out about the evidence itself. */
export interface ChainReport {
  /** `empty` when there is nothing to be valid. */
  readonly status: 'empty' | 'valid' | 'broken';
  /** Records proven to be in the latest checkpoint. */
  readonly published: number;
  /** Durable records that no checkpoint covers yet. */
  readonly acknowledged: number;
  /** What is wrong, lowest index first; without an index it is the checkpoint. */
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

/** A checkpoint's signature, judged with a key from outside where there is one. */
async function judgeSignature(
  checkpoint: SignedCheckpoint,
  origin: string,
  logKey: NoteVerifier | undefined,
): Promise<'not_checked' | 'verified' | { readonly refused: string }> {
  if (!logKey) return 'not_checked';
  const verified = await verifyCheckpoint(checkpoint.note, { origin, verifiers: [logKey] });
  return verified.ok ? 'verified' : { refused: verified.reason };
}

async function stateOf(
  log: OperatorLog,
  record: EvidenceRecord,
  checkpoint: SignedCheckpoint | undefined,
): Promise<RecordState> {
  if (!checkpoint || record.index >= checkpoint.size) return 'acknowledged';
  const { index } = record;
  const { size, root } = checkpoint;
  const proof = await createProver(log.store).inclusion(index, size);
  const leaf = leafHash(record.bytes);
  return verifyInclusion({ index, size, leaf, proof, root }) ? 'published' : 'broken';
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
  const states = new Map<number, RecordState>();
  const faults: { index?: number; reason: string }[] = [...broken];
  for (const record of records) {
    const state = await stateOf(log, record, checkpoint);
    states.set(record.index, state);
    if (state === 'broken') faults.push({ index: record.index, reason: 'not_in_checkpoint' });
  }
  const signature = checkpoint && (await judgeSignature(checkpoint, log.origin, logKey));
  if (typeof signature === 'object') faults.push({ reason: signature.refused });
  const counted = [...states.values()];
  const seen = records.length + broken.length;
  return {
    states,
    report: {
      status: faults.length > 0 ? 'broken' : seen === 0 ? 'empty' : 'valid',
      published: counted.filter((state) => state === 'published').length,
      acknowledged: counted.filter((state) => state === 'acknowledged').length,
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
