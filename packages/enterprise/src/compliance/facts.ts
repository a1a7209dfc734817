import type { EvidenceReader } from '@spanforge/core-events';
import type { TenantSettings } from '../controls/settings.js';
import type { LogPosition } from '../status/status.js';

/** The first and the last record of a type. */
export interface SeenRecords {
  readonly first: number;
  readonly last: number;
  readonly lastTime: string;
}

/** The facts of an assessment, read from the log. */
export interface LogFacts {
  readonly position: LogPosition;
  readonly settings: TenantSettings;
  /** RFC 3339; absent in an empty log. */
  readonly firstTime?: string;
  seen(type: string): SeenRecords | undefined;
}

/** The record types that controls need. */
export const ASSESSED_TYPES = [
  'spanforge.policy.decision.v1',
  'spanforge.policy.lifecycle.v1',
  'spanforge.execution.started.v1',
  'spanforge.execution.ended.v1',
  'spanforge.explanation.v1',
  'spanforge.lineage.v1',
  'spanforge.grounding.v1',
  'spanforge.review.requested.v1',
  'spanforge.review.resolved.v2',
  'spanforge.governance.violation.v1',
  'spanforge.manifest.agent.v1',
  'spanforge.manifest.actor.v1',
  'spanforge.policy.review.v1',
  'spanforge.policy.canary.v1',
  'spanforge.span.v1',
  'spanforge.gate.v1',
  'spanforge.audit.gap.v1',
  'spanforge.audit.pruned.v1',
  'spanforge.audit.tombstone.v1',
] as const;

/** Reads the facts of a tenant: two records of each type, whatever the size of the log. */
export async function readFacts(
  reader: EvidenceReader,
  position: LogPosition,
  settings: TenantSettings,
): Promise<LogFacts> {
  const tenant = settings.tenantId;
  const seen = new Map<string, SeenRecords>();
  for (const type of ASSESSED_TYPES) {
    const query = { types: [type], tenant, limit: 1 };
    const { records: oldest } = await reader.query(query);
    const { records: newest } = await reader.query({ ...query, newestFirst: true });
    const [first, last] = [oldest[0], newest[0]];
    if (first && last)
      seen.set(type, { first: first.index, last: last.index, lastTime: last.time });
  }
  const { records } = await reader.query({ tenant, limit: 1 });
  const firstTime = records[0]?.time;
  return {
    ...{ position, settings },
    ...(firstTime === undefined ? {} : { firstTime }),
    seen: (type) => seen.get(type),
  };
}
