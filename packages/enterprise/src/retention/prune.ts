import type {
  EvidenceContext,
  EvidenceReader,
  EvidenceRecord,
  Recorder,
} from '@spanforge/core-events';
import { formatTime } from '@spanforge/core-events';
import type { StoreErasure } from '@spanforge/core-events/log';
import { auditPrunedV1 } from '@spanforge/core-events/records';
import { sha256, toHex, utf8 } from '@spanforge/core-signing';
import type { TenantSettings } from '../controls/settings.js';
import { EnterpriseError } from '../error.js';
import { recordChange } from '../record-change.js';
import { readEffectiveHolds, type StandingHolds } from '../vault/holds.js';
import type { DataSubject } from '../vault/key-store.js';

/** The parts that pruning needs. */
export interface PruneOptions {
  readonly store: StoreErasure;
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /**
   * Gives the pseudonym of a subject, as holds use it. Without it only holds on traces are known.
   */
  readonly holderOf?: (subject: DataSubject) => Promise<string>;
}

/** The tenant to prune, and the present time. */
export interface PruneRequest {
  readonly settings: TenantSettings;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  readonly reason: string;
  readonly context: EvidenceContext;
  /** True only reports what would be removed; nothing is removed or recorded. */
  readonly dryRun?: boolean;
}

/** The result of pruning. */
export interface PruneResult {
  readonly tenantId: string;
  readonly retentionDays: number;
  /** RFC 3339. Values of records before this time were due. */
  readonly before: string;
  readonly from: number;
  readonly to: number;
  /** Records that lost values. */
  readonly records: number;
  readonly values: number;
  /** Records whose values a legal hold kept. */
  readonly held: number;
  /** SHA-256 over the digests of the removed values, sorted, one a line; hex. */
  readonly digest: string;
  /** Id of the record about it; absent when nothing was due. */
  readonly recordId?: string;
}

const DAY_MS = 86_400_000;
const PAGE = 500;

interface Due {
  readonly indexes: number[];
  readonly digests: string[];
  held: number;
  to: number;
}

function throwKept(): never {
  throw new EnterpriseError(
    'ENTERPRISE_SETTINGS_INVALID',
    'the values of this tenant are kept for good: set a retention first',
    { details: { path: 'retentionDays' } },
  );
}

function isHeld({ context }: EvidenceRecord, holds: StandingHolds, holder?: string): boolean {
  return holds.traces.has(context.traceId) || (holder !== undefined && holds.holders.has(holder));
}

async function findDue(
  { reader, holderOf }: PruneOptions,
  tenant: string,
  beforeMs: number,
): Promise<Due> {
  const holds = await readEffectiveHolds(reader, tenant);
  if (holds.holders.size > 0 && holderOf === undefined) {
    throw new EnterpriseError(
      'ENTERPRISE_LEGAL_HOLD',
      'subjects are held, and without the key store it is not known whose values are theirs',
    );
  }
  const due: Due = { indexes: [], digests: [], held: 0, to: 0 };
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const page = await reader.query({ tenant, toTimeMs: beforeMs, cursor, limit: PAGE });
    for (const record of page.records) {
      due.to = record.index + 1;
      const values = await reader.disclosures(record.index);
      if (values.length === 0) continue;
      const subject = { tenant, subject: record.context.actor };
      const holder = holds.holders.size > 0 ? await holderOf?.(subject) : undefined;
      if (isHeld(record, holds, holder)) {
        due.held += 1;
        continue;
      }
      due.indexes.push(record.index);
      due.digests.push(...values.map(({ digest }) => digest));
    }
    cursor = page.next;
  }
  return due;
}

const digestOf = (digests: readonly string[]): string =>
  toHex(
    sha256(
      utf8(
        [...digests]
          .sort()
          .map((digest) => `${digest}\n`)
          .join(''),
      ),
    ),
  );

/**
 * Removes the values of a tenant whose retention has ended. A record with the counts and a digest
 * over the removed values is written first, then the values are removed. Records, leaf hashes and
 * proofs do not change. Values under a legal hold are kept and counted. After a crash in between,
 * the next pruning removes the rest and writes a record of its own.
 *
 * A record's own time, which its writer set, says whether it is due.
 *
 * @throws {EnterpriseError} `ENTERPRISE_SETTINGS_INVALID` when the tenant has no retention,
 *   `ENTERPRISE_LEGAL_HOLD` when subjects are held and cannot be told apart,
 *   `ENTERPRISE_EVIDENCE_UNAVAILABLE`: nothing is removed then.
 * @throws {EventsError} of the reader and the store.
 */
export async function pruneValues(
  options: PruneOptions,
  { settings, nowMs, reason, context, dryRun = false }: PruneRequest,
): Promise<PruneResult> {
  const { tenantId, retentionDays = throwKept() } = settings;
  const beforeMs = nowMs - retentionDays * DAY_MS;
  const due = await findDue(options, tenantId, beforeMs);
  const result = {
    ...{ tenantId, retentionDays, before: formatTime(beforeMs), from: 0, to: due.to },
    ...{ records: due.indexes.length, values: due.digests.length, held: due.held },
    digest: digestOf(due.digests),
  };
  if (dryRun || due.indexes.length === 0) return result;
  const body = auditPrunedV1.toWire({ ...result, reason });
  const recordId = await recordChange(
    options.recorder,
    { type: auditPrunedV1.key, context, body },
    'nothing was pruned: it could not be recorded',
  );
  await options.store.eraseDisclosures(due.indexes);
  return { ...result, recordId };
}
