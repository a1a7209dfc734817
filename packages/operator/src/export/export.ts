import {
  type Clock,
  EventsError,
  type EvidenceQuery,
  type EvidenceReader,
  type EvidenceRecord,
  formatTime,
} from '@spanforge/core-events';
import {
  type Checkpointer,
  createIndexProver,
  createProver,
  readIndexHead,
  type SignedCheckpoint,
  type SignedIndexHead,
} from '@spanforge/core-events/log';
import {
  formatJwks,
  formatVkey,
  type NoteVerifier,
  type SigningKey,
  toHex,
  toVerificationKey,
  utf8,
} from '@spanforge/core-signing';
import { OperatorError } from '../error.js';
import { latestCheckpoint, type OperatorLog, standingCheckpoint } from '../log-state.js';
import { formatLine, joinLines } from '../package/index-lines.js';
import { type EvidencePackage, INDEX_PROOF, MEMBER } from '../package/members.js';
import { gatherPolicies } from '../package/policies.js';
import {
  type PackagePredicate,
  selectsWholeTraces,
  signPackage,
  wireQuery,
} from '../package/statement.js';
import { type CheckpointStamper, stampMembers } from '../package/timestamp.js';
import { isRedacted } from '../trace/decisions.js';
import { inspectSelection } from '../trace/inspect.js';
import { readSelection } from '../trace/read-trace.js';
import type { TraceReport } from '../trace/report.js';
import { describePackageChain } from '../trace/summary.js';
import { termOfQuery } from '../verify/index-proof.js';
import { verifyPackage } from '../verify/verify-package.js';
import type { CheckpointCosigner } from '../witness/cosigner.js';
import { type DisclosureFilter, gatherDisclosures } from './disclosures.js';
import { proveConsistency, proveRecords } from './proofs.js';
import { writeGuide } from './verify-guide.js';

/** Which records a package is about: one trace, or whatever a query finds. */
export type PackageSelection =
  | { readonly traceId: string }
  | { readonly query: Omit<EvidenceQuery, 'cursor' | 'limit' | 'newestFirst'> };

/** How a package is made for its recipient. */
export interface ExportOptions {
  /** Which values the recipient may see; none when absent. */
  readonly disclose?: DisclosureFilter;
  /** A checkpoint the recipient kept: the package then proves that the log only grew since. */
  readonly since?: string;
  /**
   * Has a time-stamping authority say that the checkpoint exists; `createCheckpointStamper` of
   * `@spanforge/operator/timestamp` makes one. Where it fails, there is no package.
   */
  readonly stamp?: CheckpointStamper;
  /**
   * Has witnesses cosign the checkpoint before it is stamped; `createCheckpointCosigner` makes one. Where
   * those that are needed did not sign, there is no package.
   */
  readonly cosign?: CheckpointCosigner;
  /**
   * Lets a log that governs no more be exported from, as far as it was signed before: the package then
   * rests on the newest earlier checkpoint that still stands, and this is told. Without it, such an
   * export is refused.
   */
  readonly onDamaged?: (damage: LogDamage) => void;
}

/** What became of a log since the checkpoint that a package rests on. */
export interface LogDamage {
  /** Why the log is signed no more, such as `rolled_back`. */
  readonly reason: string;
  /** Size of the checkpoint that the package rests on; nothing is said of what came later. */
  readonly size: number;
}

/** What an export rests on. */
export interface ExportParts {
  readonly log: OperatorLog;
  /** Shows what may be exported; the log itself where everything may. */
  readonly selectFrom: EvidenceReader;
  readonly checkpointer: Checkpointer | undefined;
  readonly packageKeys: readonly SigningKey[];
  readonly logKey: NoteVerifier | undefined;
  readonly clock: Clock;
  readonly maxRecords: number;
  readonly maxWriterScan: number;
}

/** A package holds all that its query finds, so that a part of it cannot be left out. */
async function requireShown(
  reader: EvidenceReader,
  query: EvidenceQuery,
  records: readonly EvidenceRecord[],
  maxRecords: number,
): Promise<void> {
  const shown = await readSelection(reader, query, maxRecords);
  const seen = new Set(shown.records.map(({ index }) => index));
  if (records.every(({ index }) => seen.has(index))) return;
  throw new OperatorError(
    'OPERATOR_SELECTION_FOREIGN',
    'the query also finds records of another tenant or project: name the tenant and project in it',
  );
}

/** Reads the selection, and refuses to hand out evidence that is not whole. */
async function readWhole(
  { log, selectFrom, maxRecords }: ExportParts,
  query: EvidenceQuery,
): Promise<readonly EvidenceRecord[]> {
  const { records, broken } = await readSelection(log, query, maxRecords);
  const [first] = broken;
  if (!first) {
    if (selectFrom !== log) await requireShown(selectFrom, query, records, maxRecords);
    return records;
  }
  throw new OperatorError('OPERATOR_EVIDENCE_BROKEN', `record ${first.index}: ${first.reason}`, {
    details: { ...first },
  });
}

/** While another process signs this log, what it released last may already do. */
async function signedOrLatest(
  checkpointer: Checkpointer,
): Promise<(SignedCheckpoint & { readonly index?: SignedIndexHead }) | undefined> {
  try {
    return await checkpointer.provable();
  } catch (error) {
    if (EventsError.is(error) && error.code === 'EVENTS_LEASE_HELD') return checkpointer.latest();
    throw error;
  }
}

/** A newly signed checkpoint; of a damaged log the newest that stands, where one is told of it. */
async function signedOrStanding(
  checkpointer: Checkpointer,
  { log, logKey }: ExportParts,
  { onDamaged }: ExportOptions,
  needed: number,
): ReturnType<typeof signedOrLatest> {
  try {
    return await signedOrLatest(checkpointer);
  } catch (error) {
    const isFrozen = EventsError.is(error) && error.code === 'EVENTS_LOG_FROZEN';
    if (!isFrozen || !onDamaged || !logKey) throw error;
    // The log may be whole, but nobody would believe what this key signs.
    if (error.details.reason === 'package_key_unknown') throw error;
    const standing = await standingCheckpoint(log, logKey, needed);
    if (!standing) throw error;
    onDamaged({ reason: String(error.details.reason), size: standing.size });
    return standing;
  }
}

/** A checkpoint over every selected record, newly signed where there is a signer. */
async function coveringCheckpoint(
  parts: ExportParts,
  options: ExportOptions,
  records: readonly EvidenceRecord[],
): Promise<SignedCheckpoint & { readonly index?: SignedIndexHead }> {
  const { log, checkpointer } = parts;
  const needed = (records.at(-1)?.index ?? -1) + 1;
  const checkpoint: (SignedCheckpoint & { readonly index?: SignedIndexHead }) | undefined =
    checkpointer
      ? await signedOrStanding(checkpointer, parts, options, needed)
      : await latestCheckpoint(log, undefined);
  if (checkpoint && checkpoint.size >= needed) return checkpoint;
  throw new OperatorError('OPERATOR_CHECKPOINT_UNAVAILABLE', 'no checkpoint covers the records', {
    details: { needed, size: checkpoint?.size ?? 0 },
  });
}

/** The checkpoint with the lines of witnesses. */
async function cosigned<Signed extends SignedCheckpoint>(
  checkpoint: Signed,
  cosign: CheckpointCosigner,
  log: OperatorLog,
): Promise<Signed> {
  const prove = (oldSize: number) => createProver(log.store).consistency(oldSize, checkpoint.size);
  return { ...checkpoint, note: await cosign(checkpoint, prove) };
}

function recordMembers(
  records: readonly EvidenceRecord[],
): readonly (readonly [string, Uint8Array])[] {
  const size = records.reduce((bytes, record) => bytes + record.bytes.length + 1, 0);
  const lines = new Uint8Array(size);
  let offset = 0;
  for (const { bytes } of records) {
    lines.set(bytes, offset);
    offset += bytes.length;
    lines[offset] = 0x0a;
    offset += 1;
  }
  const index = records.map(({ index: at, mac, macKid }) =>
    formatLine(
      mac === undefined || macKid === undefined
        ? { index: at }
        : { index: at, kid: macKid, hmac: mac },
    ),
  );
  return [
    [MEMBER.records, lines],
    [MEMBER.index, utf8(joinLines(index))],
  ];
}

function keyMembers({
  log,
  packageKeys,
  logKey,
}: ExportParts): readonly (readonly [string, Uint8Array])[] {
  const jwks = utf8(`${formatJwks(packageKeys.map(toVerificationKey))}\n`);
  if (!logKey) return [[MEMBER.jwks, jwks]];
  return [
    [MEMBER.jwks, jwks],
    [MEMBER.logKey, utf8(`${formatVkey(log.origin, logKey.key)}\n`)],
  ];
}

function predicateOf(
  query: EvidenceQuery,
  records: readonly EvidenceRecord[],
  report: Omit<TraceReport, 'services' | 'boundary'>,
  rest: Pick<PackagePredicate, 'size_range' | 'root' | 'generated_at' | 'missing_policies'> & {
    readonly withheld: number;
    readonly missing: number;
  },
): PackagePredicate {
  const { withheld, missing, ...plain } = rest;
  return {
    ...plain,
    log_origin: report.origin,
    query: wireQuery(query),
    outcome: report.outcome,
    strictest: report.strictest,
    summary: { ...report.summary, chain: describePackageChain(records.length, rest.size_range.to) },
    completeness: report.completeness.map((finding) => ({ ...finding })),
    counts: {
      selected: records.length,
      withheld,
      redacted: records.filter(isRedacted).length,
      missing,
    },
  };
}

/**
 * What this package's own verifier rejects is never handed out, whatever made it so: records put
 * under a foreign trace, a store that answers differently twice.
 */
async function refuseInvalid(
  pkg: EvidencePackage,
  { log, packageKeys, logKey, maxRecords }: ExportParts,
): Promise<void> {
  const { verdict, firstBad } = await verifyPackage(pkg, {
    keys: [
      formatJwks(packageKeys.map(toVerificationKey)),
      ...(logKey ? [formatVkey(log.origin, logKey.key)] : []),
    ],
    limits: { maxRecords, maxBytes: Number.MAX_SAFE_INTEGER, maxFiles: Number.MAX_SAFE_INTEGER },
  });
  if (verdict !== 'invalid' && verdict !== 'failed') return;
  const { reason = 'unknown', index } = firstBad ?? {};
  const place = index === undefined ? 'the evidence' : `record ${index}`;
  throw new OperatorError('OPERATOR_EVIDENCE_BROKEN', `${place} does not verify: ${reason}`, {
    details: { reason, ...(index === undefined ? {} : { index }) },
  });
}

/** The proof that these are all records of the trace or run; nothing where the index is not signed this far. */
async function proveComplete(
  { log, logKey }: ExportParts,
  query: PackagePredicate['query'],
  checkpoint: SignedCheckpoint & { readonly index?: SignedIndexHead },
): Promise<readonly (readonly [string, Uint8Array])[]> {
  const term = termOfQuery(query);
  const head = checkpoint.index ?? (logKey && (await readIndexHead(log.store, log.origin, logKey)));
  if (term === undefined || head?.size !== checkpoint.size) return [];
  try {
    return [[INDEX_PROOF, utf8(await createIndexProver(log.store).prove(head, term))]];
  } catch (error) {
    if (EventsError.is(error) && error.code === 'EVENTS_PROOF_UNAVAILABLE') return [];
    throw error;
  }
}

/** Makes a package: reads, proves, gathers, describes, and signs over all of it. */
export async function exportSelection(
  selection: PackageSelection,
  options: ExportOptions,
  parts: ExportParts,
): Promise<EvidencePackage> {
  const { log, packageKeys, clock, logKey, maxWriterScan } = parts;
  const query = 'query' in selection ? selection.query : { traceId: selection.traceId };
  const records = await readWhole(parts, query);
  const signed = await coveringCheckpoint(parts, options, records);
  const checkpoint = options.cosign ? await cosigned(signed, options.cosign, log) : signed;
  const older =
    options.since === undefined
      ? undefined
      : await proveConsistency(log, options.since, checkpoint);
  const values = await gatherDisclosures(log, records, options.disclose ?? (() => false));
  const policies = await gatherPolicies(log, records);
  const report = await inspectSelection(
    query.traceId ?? '',
    { records, broken: [] },
    { log, checkpoint, logKey, maxWriterScan, whole: selectsWholeTraces(wireQuery(query)) },
  );
  if (report.chain.status === 'broken') {
    const reason = report.chain.broken[0]?.reason ?? 'unknown';
    throw new OperatorError('OPERATOR_EVIDENCE_BROKEN', `the evidence is broken: ${reason}`, {
      details: { reason },
    });
  }
  const members = new Map<string, Uint8Array>([
    ...recordMembers(records),
    ...(await proveRecords(log, records, checkpoint)),
    ...(older ? [older.member] : []),
    ...(await proveComplete(parts, wireQuery(query), checkpoint)),
    [MEMBER.checkpoint, utf8(checkpoint.note)],
    ...(options.stamp ? await stampMembers(options.stamp, utf8(checkpoint.note)) : []),
    [MEMBER.disclosures, utf8(joinLines(values.lines.map(formatLine)))],
    ...policies.members,
    ...keyMembers(parts),
  ]);
  members.set(
    MEMBER.guide,
    utf8(writeGuide({ origin: log.origin, members, records, packageKeys })),
  );
  const predicate = predicateOf(query, records, report, {
    size_range: { from: older?.oldSize ?? 0, to: checkpoint.size },
    root: toHex(checkpoint.root),
    generated_at: formatTime(clock()),
    missing_policies: [...policies.missing],
    withheld: values.withheld,
    missing: values.missing,
  });
  members.set(MEMBER.statement, await signPackage(members, predicate, packageKeys));
  await refuseInvalid(members, parts);
  return members;
}
