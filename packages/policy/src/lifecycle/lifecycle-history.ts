import { type EvidenceReader, type EvidenceRecord, eachRecord } from '@spanforge/core-events';
import { type PolicyLifecycleBody, policyLifecycleV1 } from '@spanforge/core-events/records';
import { PolicyError } from '../error.js';
import type { BundleScope } from './bundle-scope.js';
import { logUnreadable } from './log-unreadable.js';

/** One step on record in the life of the bundles of an environment. */
export interface LifecycleEntry {
  readonly recordId: string;
  /** Where it stands in the log. */
  readonly index: number;
  /** RFC 3339, the writer's claim. */
  readonly time: string;
  readonly actor: string;
  /** `unreadable` for a record that this version cannot read. */
  readonly step: PolicyLifecycleBody['step'] | 'unreadable';
  readonly stage: 'shadow' | 'enforce';
  readonly outcome: 'taken' | 'refused' | 'unreadable';
  readonly policyId?: string;
  readonly version?: string;
  readonly digest?: string;
  readonly effectiveAt?: string;
  readonly previousDigest?: string;
  readonly sourceEnvironment?: string;
  readonly sourceDigest?: string;
  /** Of a refusal: what was asked for. The reason says why it was not, or which policy made way. */
  readonly attempt?: string;
  readonly reason?: string;
  readonly reasonCode?: string;
  /** Whose signatures the record carries, as far as they name a key. */
  readonly signers?: readonly string[];
}

/** LifecycleWriter in log order, and where the next page begins; absent at the end. */
export interface HistoryPage {
  readonly entries: readonly LifecycleEntry[];
  readonly next?: number;
}

/** Which part of a history is asked for. */
export interface HistoryOptions {
  /** Only steps at or after this index of the log. */
  readonly cursor?: number;
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number;
}

/** @throws {PolicyError} `POLICY_OPTIONS_INVALID`, `POLICY_STATE_UNAVAILABLE`. */
export async function readHistory(
  reader: EvidenceReader,
  { tenant, environment, application }: BundleScope,
  { cursor = 0, limit = 100 }: HistoryOptions = {},
): Promise<HistoryPage> {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 1000)) {
    throw new PolicyError('POLICY_OPTIONS_INVALID', 'limit: expected 1 to 1000 entries');
  }
  const entries: LifecycleEntry[] = [];
  try {
    const query = { tenant, types: [policyLifecycleV1.key] };
    for await (const record of eachRecord(reader, query, cursor)) {
      const entry = record.context.env === environment ? entryOf(record, application) : undefined;
      if (entry === undefined) continue;
      if (entries.length === limit) return { entries, next: record.index };
      entries.push(entry);
    }
  } catch (cause) {
    throw logUnreadable(cause);
  }
  return { entries };
}

/** One entry for a step, however many records its bundle needed: that of the last. */
function entryOf(record: EvidenceRecord, asked: string | undefined): LifecycleEntry | undefined {
  if (record.mode !== 'live') return undefined;
  const { id: recordId, index, time, context } = record;
  const head = { recordId, index, time, actor: context.actor };
  try {
    const read = policyLifecycleV1.fromWire(record.body);
    const {
      bundle: _bundle,
      part,
      signatures,
      environment: _env,
      stage,
      application,
      ...body
    } = read;
    if (application !== asked) return undefined;
    if (part !== undefined && part.number < part.of) return undefined;
    const signers = signatures?.flatMap(({ keyid }) => keyid ?? []);
    return {
      ...head,
      ...body,
      stage: stage ?? 'enforce',
      outcome: body.step === 'refused' ? 'refused' : 'taken',
      ...(signers === undefined ? {} : { signers }),
    } as LifecycleEntry;
  } catch {
    if (asked !== undefined) return undefined;
    return { ...head, step: 'unreadable', stage: 'enforce', outcome: 'unreadable' };
  }
}
