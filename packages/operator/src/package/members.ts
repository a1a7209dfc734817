import { OperatorError } from '../error.js';

/**
 * The members of an evidence package by name, with their exact bytes. A folder, a zip and a JSON
 * document hold the same members.
 */
export type EvidencePackage = ReadonlyMap<string, Uint8Array>;

/** Names of the members every package has. */
export const MEMBER = {
  records: 'records.jsonl',
  index: 'records.index',
  checkpoint: 'checkpoint',
  disclosures: 'disclosures.jsonl',
  guide: 'VERIFY.md',
  jwks: 'keys/jwks.json',
  logKey: 'keys/log.vkey',
  statement: 'package.dsse.json',
} as const;

/** Proves that the package holds all records of its trace or run; only where that could be proven. */
export const INDEX_PROOF = 'index-proof.txt';

/** What a time-stamping authority answered about the checkpoint, and what hid the checkpoint from it. */
export const TIMESTAMP = { reply: 'checkpoint.tsr', salt: 'checkpoint.salt' } as const;

/** A statement about every other file; no file can be about itself. */
export const REQUIRED: readonly string[] = [
  MEMBER.records,
  MEMBER.index,
  MEMBER.checkpoint,
  MEMBER.disclosures,
  MEMBER.guide,
  MEMBER.jwks,
  MEMBER.statement,
];

/** Up to this many records each has a proof file of its own; above, the package carries tiles. */
export const MAX_PROOF_FILES = 256;

const MAX_NAME = 200;
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const KNOWN = [
  /^proofs\/(?:0|[1-9][0-9]{0,15})\.tlog-proof$/,
  /^tile\/(?:[0-9]|[1-5][0-9]|6[0-3])\/(?:x[0-9]{3}\/)*[0-9]{3}(?:\.p\/[1-9][0-9]{0,2})?$/,
  /^policy\/[0-9a-f]{64}\.json$/,
  /^consistency-(?:0|[1-9][0-9]{0,15})-(?:0|[1-9][0-9]{0,15})\.txt$/,
  /^index-proof\.txt$/,
  /^checkpoint\.(?:tsr|salt)$/,
  /^keys\/[A-Za-z0-9][A-Za-z0-9._-]*\.vkey$/,
];

/** Whether a name can be a member's: relative, plain segments, nothing that climbs or hides. */
export function isSafeName(name: string): boolean {
  return name.length <= MAX_NAME && name.split('/').every((segment) => SEGMENT.test(segment));
}

/** Whether a name is one this version of the package gives a meaning to. */
export function isKnownMember(name: string): boolean {
  return REQUIRED.includes(name) || KNOWN.some((pattern) => pattern.test(name));
}

/** Names by code unit: the order of members wherever order is written. */
export function sortedNames(pkg: EvidencePackage): readonly string[] {
  return [...pkg.keys()].sort();
}

/** What a container may hold before it is refused. */
export interface PackageLimits {
  /** Bytes of the container, and of all members together; 268,435,456 when absent. */
  readonly maxBytes?: number;
  /** Members; 20,000 when absent. */
  readonly maxFiles?: number;
}

/** The limits in force where nobody says otherwise. */
export const DEFAULT_LIMITS: Required<PackageLimits> = {
  maxBytes: 268_435_456,
  maxFiles: 20_000,
};

/** @throws {OperatorError} `OPERATOR_PACKAGE_MALFORMED` with reason, and file where there is one. */
export function malformedError(reason: string, file?: string, cause?: unknown): OperatorError {
  const safe = file !== undefined && isSafeName(file) ? { file } : {};
  return new OperatorError('OPERATOR_PACKAGE_MALFORMED', `the package is malformed: ${reason}`, {
    details: { reason, ...safe },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** @throws {OperatorError} `OPERATOR_PACKAGE_TOO_LARGE` with the limit that was passed. */
export function tooLargeError(limit: keyof PackageLimits, value: number): OperatorError {
  return new OperatorError('OPERATOR_PACKAGE_TOO_LARGE', `the package exceeds ${limit}`, {
    details: { limit, value },
  });
}

/**
 * Collects members one by one and refuses what no package may hold: unsafe names, names that a
 * case-insensitive file system would join, more than the limits allow.
 */
export function createMemberSink(limits: PackageLimits = {}) {
  const { maxBytes, maxFiles } = { ...DEFAULT_LIMITS, ...limits };
  const members = new Map<string, Uint8Array>();
  const folded = new Set<string>();
  let bytes = 0;
  return {
    members,
    /** Call before the content is read or unpacked. */
    claim(name: string, size: number): void {
      if (!isSafeName(name)) throw malformedError('unsafe_name');
      if (folded.has(name.toLowerCase())) throw malformedError('duplicate_name', name);
      folded.add(name.toLowerCase());
      bytes += size;
      if (folded.size > maxFiles) throw tooLargeError('maxFiles', maxFiles);
      if (bytes > maxBytes) throw tooLargeError('maxBytes', maxBytes);
    },
  };
}
