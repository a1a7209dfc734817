export { type AcknowledgeHolesOptions, acknowledgeHoles } from './log/acknowledge-holes.js';
export { checkpointKey, type SignedCheckpoint } from './log/checkpoint-store.js';
export {
  type Checkpointer,
  type CheckpointerOptions,
  createCheckpointer,
  type ProvableCheckpoint,
} from './log/checkpointer.js';
export { checkCounterEntry } from './log/counter-entry.js';
export { type DecodedRecord, type RecordFault, readEnvelope } from './log/decode.js';
export { openEvidenceLog } from './log/evidence-log.js';
export { freezeAdvice } from './log/freeze-advice.js';
export { type FsckOptions, fsck } from './log/fsck.js';
export type { FsckFinding, FsckReport } from './log/fsck-report.js';
export {
  createMemoryMark,
  formatMark,
  type HighWaterMark,
  type HighWaterMarkKeeper,
  parseMark,
} from './log/high-water-mark.js';
export { readIndexHead, type SignedIndexHead } from './log/index/index-head.js';
export { createIndexProver, type IndexProver } from './log/index/index-prover.js';
export { readProvable } from './log/index/read-provable.js';
export { provenTerms } from './log/index/record-terms.js';
export { type Reindexed, type ReindexOptions, reindex } from './log/index/reindex.js';
export { KEY_TYPES, type KeyHistory, readKeyHistory } from './log/key-history.js';
export type { LeaseClock } from './log/lease.js';
export { createLogGuard, type LogGuard, type LogGuardOptions } from './log/log-guard.js';
export { createMemoryCounters } from './log/memory-counters.js';
export { createMemoryStore } from './log/memory-store.js';
export {
  createProjection,
  type Projected,
  type Projection,
  type ProjectionOptions,
} from './log/projection.js';
export { createProver, type Prover } from './log/prover.js';
export { type QuarantineOptions, quarantineRecord } from './log/quarantine.js';
export type { RecordSecret } from './log/record-keys.js';
export { createRecordTimes, type RecordTimes } from './log/record-times.js';
export {
  openSignedLog,
  type SignedLog,
  type SignedLogOptions,
  type SignedLogStatus,
} from './log/signed-log.js';
export type { BodyNames } from './log/skim/body-names.js';
export type { RecordNames } from './log/skim/scan-record.js';
export type { SnapshotStore } from './log/snapshots.js';
export type {
  EvidenceStore,
  StoreBlock,
  StoreBlockGroup,
  StoreBlockKey,
  StoreBlockRecord,
  StoreBlockResult,
  StoreBlocks,
  StoreDerivedRemoval,
  StoreDisclosure,
  StoredLease,
  StoredRecord,
  StoredRow,
  StoreErasure,
  StoreGroup,
  StoreGroupResult,
  StoreInspection,
  StoreLeafHashing,
  StoreLeases,
  StoreManyDisclosures,
  StoreQuery,
  StoreRecord,
  StoreRows,
  StoreTaken,
  StoreTermComparison,
  StoreTerms,
  StoreTimes,
  StoreUnchanged,
  TakenChange,
  TakenClaim,
  TakenKey,
  TermColumns,
} from './log/store.js';
export { type SucceedOptions, succeedLog } from './log/succeed.js';
export { traceTerm } from './log/terms.js';
export type {
  EvidenceLog,
  EvidenceLogOptions,
  LogStatus,
  Stage,
  StageOptions,
  StagingRecorder,
} from './log/types.js';
export { readUnpublishedTail, type UnpublishedTail } from './log/unpublished-tail.js';
export type { MissingNumbers } from './log/writer-numbers.js';
