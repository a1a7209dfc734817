export {
  createHttpTimestampAuthority,
  type HttpTimestampAuthorityOptions,
} from './timestamp/http-authority.js';
export {
  type CheckpointStamperOptions,
  createCheckpointStamper,
  type TimestampAuthority,
} from './timestamp/stamper.js';
export {
  createTimestampVerifier,
  type TimestampVerifierOptions,
} from './timestamp/verifier.js';
