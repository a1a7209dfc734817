import type { EvidenceRecord } from '@spanforge/core-events';
import { createProver, type SignedCheckpoint } from '@spanforge/core-events/log';
import {
  formatConsistencyFile,
  formatTlogProof,
  leafHash,
  utf8,
  verifyConsistency,
  verifyInclusion,
} from '@spanforge/core-signing';
import { OperatorError } from '../error.js';
import { type OperatorLog, readNote } from '../log-state.js';
import { MAX_PROOF_FILES } from '../package/members.js';
import { readTiles, tilesProve } from '../tiles.js';

type Members = readonly (readonly [name: string, bytes: Uint8Array])[];

function brokenError(index: number): OperatorError {
  return new OperatorError('OPERATOR_EVIDENCE_BROKEN', `record ${index} is not in the checkpoint`, {
    details: { index, reason: 'not_in_checkpoint' },
  });
}

async function proofFiles(
  log: OperatorLog,
  records: readonly EvidenceRecord[],
  { size, root, note }: SignedCheckpoint,
): Promise<Members> {
  const prover = createProver(log.store);
  const files: (readonly [string, Uint8Array])[] = [];
  const proofs = await prover.inclusions(
    records.map(({ index }) => index),
    size,
  );
  for (const [at, { index, bytes }] of records.entries()) {
    const proof = proofs[at] ?? [];
    if (!verifyInclusion({ index, size, leaf: leafHash(bytes), proof, root }))
      throw brokenError(index);
    const text = formatTlogProof({ index, proof, checkpoint: note });
    files.push([`proofs/${index}.tlog-proof`, utf8(text)]);
  }
  return files;
}

async function tileFiles(
  log: OperatorLog,
  records: readonly EvidenceRecord[],
  checkpoint: SignedCheckpoint,
): Promise<Members> {
  const tiles = await readTiles(log, records, checkpoint.size);
  if (!tilesProve(tiles, records, checkpoint)) throw brokenError(records[0]?.index ?? 0);
  return [...tiles];
}

/**
 * The members that prove the records under the checkpoint: a proof file each, or tiles when there
 * are many. Each proof is verified before it is given away.
 *
 * @throws {OperatorError} `OPERATOR_EVIDENCE_BROKEN` with the index that does not prove.
 */
export async function proveRecords(
  log: OperatorLog,
  records: readonly EvidenceRecord[],
  checkpoint: SignedCheckpoint,
): Promise<Members> {
  return records.length <= MAX_PROOF_FILES
    ? proofFiles(log, records, checkpoint)
    : tileFiles(log, records, checkpoint);
}

/**
 * The consistency file from an older checkpoint to this one.
 *
 * @throws {OperatorError} `OPERATOR_CHECKPOINT_INCONSISTENT` when the log does not extend it.
 */
export async function proveConsistency(
  log: OperatorLog,
  since: string,
  checkpoint: SignedCheckpoint,
): Promise<{ readonly oldSize: number; readonly member: Members[number] }> {
  const { size: size2, root: root2, note } = checkpoint;
  const { origin, size: size1, root: root1 } = readNote(since);
  const details = { size: size1 };
  if (origin !== log.origin || size1 > size2) {
    throw new OperatorError(
      'OPERATOR_CHECKPOINT_INCONSISTENT',
      'the older checkpoint belongs to another log',
      { details },
    );
  }
  const proof = await createProver(log.store).consistency(size1, size2);
  if (!verifyConsistency({ size1, size2, root1, root2, proof })) {
    throw new OperatorError(
      'OPERATOR_CHECKPOINT_INCONSISTENT',
      'the log does not extend the older checkpoint',
      { details },
    );
  }
  const text = formatConsistencyFile({ oldSize: size1, proof, checkpoint: note });
  return { oldSize: size1, member: [`consistency-${size1}-${size2}.txt`, utf8(text)] };
}
