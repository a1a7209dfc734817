export { answerOverlap, answerScore } from './score/answer.js';
export { type Examined, examine, type SourceSpan } from './score/examine.js';
export type { Cue, Features, Measurement } from './score/features.js';
export { DEFAULT_MODEL, type GroundingModel, probability } from './score/model.js';
export type { GroundingSource } from './score/passages.js';
