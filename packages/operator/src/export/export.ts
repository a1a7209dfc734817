import { formatTime } from '@spanforge/core-events';
import { formatJwks, formatVkey, toHex, toVerificationKey, utf8 } from '@spanforge/core-signing';
import { OperatorError } from '../error.js';
import { formatLine, joinLines } from '../package/index-lines.js';
import { type EvidencePackage, MEMBER } from '../package/members.js';
import { gatherPolicies } from '../package/policies.js';
import { selectsWholeTraces, signPackage, wireQuery } from '../package/statement.js';
import { stampMembers } from '../package/timestamp.js';
import type { CompletenessFinding } from '../trace/finding.js';
import { inspectSelection } from '../trace/inspect.js';
import { verifyPackage } from '../verify/verify-package.js';
import { cosigned, coveringCheckpoint } from './covering-checkpoint.js';
import { gatherDisclosures } from './disclosures.js';
import type { ExportOptions, ExportParts, LogDamage, PackageSelection } from './export-options.js';
import { keyMembers, proveComplete, recordMembers } from './gather-members.js';
import { predicateOf } from './predicate.js';
import { proveConsistency, proveRecords } from './proofs.js';
import { readWhole } from './read-whole.js';
import { writeGuide } from './verify-guide.js';

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

/** The recipient is told as well: what is proven stands, but nothing is known of what came after it. */
const damageFindings = (damage: LogDamage | undefined): readonly CompletenessFinding[] =>
  damage
    ? [
        {
          code: 'log_damaged',
          message: `The log was found damaged at the export (${damage.reason}): this rests on the checkpoint of size ${damage.size}, from before.`,
        },
      ]
    : [];

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
  const completeness = [...report.completeness, ...damageFindings(signed.damage)];
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
  const predicate = predicateOf(
    query,
    records,
    { ...report, completeness },
    {
      size_range: { from: older?.oldSize ?? 0, to: checkpoint.size },
      root: toHex(checkpoint.root),
      generated_at: formatTime(clock()),
      missing_policies: [...policies.missing],
      withheld: values.withheld,
      missing: values.missing,
    },
  );
  members.set(MEMBER.statement, await signPackage(members, predicate, packageKeys));
  await refuseInvalid(members, parts);
  return members;
}
