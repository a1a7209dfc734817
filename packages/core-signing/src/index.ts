export {
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from './bytes.js';
export { hkdfSha256, hmacSha256, sha256 } from './digest.js';
export {
  committedParts,
  createDisclosure,
  type Disclosure,
  discloseCanonical,
  matchesDisclosure,
  type OpenedDisclosure,
  openDisclosure,
  textOfDisclosure,
} from './disclosure.js';
export {
  type Envelope,
  type EnvelopeSignature,
  formatEnvelope,
  pae,
  parseEnvelope,
  signEnvelope,
} from './envelope/envelope.js';
export {
  createStatement,
  encodeStatement,
  parseStatement,
  STATEMENT_PAYLOAD_TYPE,
  STATEMENT_TYPE,
  type Statement,
  type StatementSubject,
} from './envelope/statement.js';
export { type VerifiedEnvelope, verifyEnvelope } from './envelope/verify-envelope.js';
export { SigningError, type SigningErrorCode, type SigningErrorDetails } from './error.js';
export { errorCode, fileErrorReason } from './error-code.js';
export { Given } from './given.js';
export { type AlikeParser, createAlikeParser, type SignatureOf } from './json/alike.js';
export { type CanonicalizeLimits, canonicalize } from './json/canonicalize.js';
export { deepFreeze } from './json/freeze.js';
export { canonicalizeText, type ParseJsonLimits, parseJson } from './json/parse.js';
export { formatPath } from './json/path.js';
export { isPlainObject } from './json/plain.js';
export { frozenCopy, textOfFrozenCopy } from './json/plain-copy.js';
export type { JsonPath, Likeness } from './json/text-pattern.js';
export type { JsonLimits, JsonValue } from './json/types.js';
export { importRawVerificationKey, importVerificationKey } from './keys/import.js';
export { formatJwks, parseJwks } from './keys/jwks.js';
export { createKeySet, type KeySet } from './keys/key-set.js';
export { generateSigningKey, importSigningKey, toVerificationKey } from './keys/signing-key.js';
export { type KeyStanding, keyStanding, limitKey } from './keys/standing.js';
export { jwkThumbprint } from './keys/thumbprint.js';
export type {
  KeyAlgorithm,
  KeyLimits,
  KeyRole,
  PrivateJwk,
  PublicJwk,
  SigningKey,
  VerificationKey,
} from './keys/types.js';
export { signEvent, verifyEvent } from './mac/event.js';
export { type EventScheme1Result, eventChecksum, verifyEventScheme1 } from './mac/event-scheme1.js';
export {
  deriveTenantKey,
  deriveTenantSecret,
  importMacKey,
  type MacKey,
} from './mac/mac-key.js';
export { macRecord, macRecords, verifyRecordMac } from './mac/record.js';
export { type BlockHashes, hashBlock, type RecordBlock } from './mac/record-block.js';
export { formatMac, parseMac } from './mac/tag.js';
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './tlog/checkpoint.js';
export {
  type ConsistencyFile,
  formatConsistencyFile,
  parseConsistencyFile,
} from './tlog/consistency-file.js';
export { cosignedMessage } from './tlog/cosignature.js';
export { formatEntryBundle, parseEntryBundle } from './tlog/entry-bundle.js';
export {
  createFrontier,
  type Frontier,
  type FrontierState,
  merkleRoot,
} from './tlog/frontier.js';
export { EMPTY_ROOT, isLeafHash, isLeafHashIn, leafHash, nodeHash } from './tlog/hash.js';
export {
  formatIndexProof,
  type IndexProof,
  type IndexTerms,
  type IndexTreeProof,
  indexOrigin,
  indexRoot,
  indexTermsOf,
  type ProvenIndexEntry,
  type ProvenIndexTree,
  parseIndexProof,
} from './tlog/index-proof.js';
export {
  INDEX_FAN_OUT,
  INDEX_SEGMENT,
  type IndexEntry,
  type IndexRange,
  type IndexSegment,
  type IndexTreeHead,
  indexEntryDigest,
  indexLeaf,
  indexRanges,
  indexRunDigest,
  indexSegmentDigest,
  indexSegments,
  indexTermHash,
  type LeafRun,
} from './tlog/index-tree.js';
export type { NoteProblem, SignatureLine } from './tlog/note-text.js';
export { type NoteSignature, type OpenedNote, openNote } from './tlog/open-note.js';
export { consistencyProof, inclusionProof, rangeRoot, type SubtreeSource } from './tlog/prove.js';
export { cosignCheckpoint, type NoteSigner, signNote } from './tlog/sign-note.js';
export { entriesPath, TILE_WIDTH, type TileId, tileBytes, tilePath } from './tlog/tile.js';
export { type LeafPosition, rootFromTiles, type TiledTree, tilesFor } from './tlog/tile-root.js';
export { createTileSource, type TileReader } from './tlog/tile-source.js';
export { formatTlogProof, parseTlogProof, type TlogProof } from './tlog/tlog-proof.js';
export { createTree, type Tree } from './tlog/tree.js';
export {
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from './tlog/verify.js';
export {
  type CheckpointRefusal,
  type LogAnchor,
  type Refused,
  type VerifiedCheckpoint,
  verifyCheckpoint,
} from './tlog/verify-checkpoint.js';
export {
  type Extension,
  type ExtensionRefusal,
  verifyExtension,
} from './tlog/verify-extension.js';
export {
  checkIndexTree,
  compareHashes,
  type IndexClaim,
  type IndexRefusal,
  type VerifiedIndex,
  verifyIndexProof,
} from './tlog/verify-index.js';
export {
  type RecordInclusion,
  type RecordRefusal,
  type VerifiedRecord,
  verifyRecordInclusion,
} from './tlog/verify-record.js';
export {
  createNoteVerifier,
  formatVkey,
  type NoteKey,
  type NoteKeyType,
  type NoteVerifier,
  noteKeyId,
  parseVkey,
} from './tlog/vkey.js';
export {
  type AddCheckpointAnswer,
  addCosignature,
  judgeAddCheckpoint,
  type WitnessedLog,
} from './tlog/witness.js';
export {
  type PolicyWitness,
  parseWitnessPolicy,
  type WitnessPolicy,
} from './tlog/witness-policy.js';
