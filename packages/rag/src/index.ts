export {
  type AssessedClaim,
  type AssessOptions,
  assess,
  DEFAULT_THRESHOLD,
  type GroundingAssessment,
} from './assess.js';
export { RagError, type RagErrorCode, type RagErrorDetails } from './error.js';
export type { Chunk, JudgedClaim } from './input.js';
export { createRag } from './rag.js';
export type { SourceSpan } from './score/examine.js';
export type { Cue, Features } from './score/features.js';
export { DEFAULT_MODEL, type GroundingModel } from './score/model.js';
export type { GroundingSource } from './score/passages.js';
export {
  type ClaimVerdict,
  conclude,
  type GroundingStatus,
  type GroundingThresholds,
  judgeClaim,
  type ScoredClaim,
} from './status.js';
export type {
  GroundingInput,
  GroundingPolicyAnswer,
  GroundingReasonCode,
  GroundingResult,
  GroundingScorer,
  MayRead,
  Rag,
  RagCall,
  RagOptions,
  RagSession,
  RagStatus,
  RecordedGrounding,
  ReportedClaim,
  SessionStep,
} from './types.js';
