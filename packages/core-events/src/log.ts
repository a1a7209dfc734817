export { checkpointKey, type SignedCheckpoint } from './log/checkpoint-store.js';
export {
  type Checkpointer,
  type CheckpointerOptions,
  createCheckpointer,
} from './log/checkpointer.js';
export { checkCounterEntry } from './log/counter-entry.js';
export { type DecodedRecord, type RecordFault, readEnvelope } from './log/decode.js';
export { openEvidenceLog } from './log/evidence-log.js';
export { type FsckOptions, fsck } from './log/fsck.js';
export type { FsckFinding, FsckReport } from './log/fsck-report.js';
export {
  createMemoryMark,
  formatMark,
  type HighWaterMark,
  type HighWaterMarkKeeper,
  parseMark,
} from './log/high-water-mark.js';
export { createMemoryCounters } from './log/memory-counters.js';
export { createMemoryStore } from './log/memory-store.js';
export {
  createProjection,
  type Projected,
  type Projection,
  type ProjectionOptions,
} from './log/projection.js';
export { createProver, type Prover } from './log/prover.js';
export type { SnapshotStore } from './log/snapshots.js';
export type {
  EvidenceStore,
  StoreDisclosure,
  StoredRecord,
  StoreGroup,
  StoreGroupResult,
  StoreInspection,
  StoreQuery,
  StoreRecord,
} from './log/store.js';
export type {
  EvidenceLog,
  EvidenceLogOptions,
  LogStatus,
  RecordSecret,
  Stage,
  StagingRecorder,
} from './log/types.js';
