export { detect } from './detect.js';
export { DetectError, type DetectErrorCode, type DetectErrorDetails } from './error.js';
export { detectFields, type FieldFinding } from './fields.js';
export { type Finding, mask, redact } from './finding.js';
export type { DetectOptions } from './options.js';
export {
  ALWAYS_BLOCKING_TYPES,
  type FindingType,
  PII_TYPES,
  type PiiType,
  SECRET_TYPES,
  type SecretType,
} from './types.js';
