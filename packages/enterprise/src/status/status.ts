import { type Clock, type EvidenceReader, formatTime } from '@spanforge/core-events';
import { auditPrunedV1, auditTombstoneV1 } from '@spanforge/core-events/records';
import { readAll } from '../read-all.js';
import { mayKeep, type Residency } from '../tenants/model.js';
import type { Tenants } from '../tenants/tenants.js';
import { readHolds } from '../vault/holds.js';

/** The size of a log and what its checkpoint covers. */
export interface LogPosition {
  readonly origin: string;
  readonly size: number;
  /** Records that a signed checkpoint covers. */
  readonly signedSize: number;
}

/** The status of an enterprise deployment, read from its log. */
export interface EnterpriseStatus {
  readonly v: 'spanforge.enterprise-status.v1';
  /** RFC 3339. */
  readonly takenAt: string;
  readonly log: LogPosition;
  readonly deployedIn: Residency;
  readonly airGapped: boolean;
  readonly tenants: {
    readonly registered: number;
    /** Tenants whose evidence must not be kept in this deployment. */
    readonly misplaced: readonly string[];
  };
  readonly holds: { readonly subjects: number; readonly traces: number };
  readonly erasures: number;
  readonly prunings: { readonly count: number; readonly values: number };
}

/** The sources of a status. */
export interface StatusSources {
  readonly reader: EvidenceReader;
  readonly tenants: Tenants;
  readonly position: () => Promise<LogPosition>;
  readonly deployedIn: Residency;
  readonly airGapped: boolean;
  readonly clock: Clock;
}

/** Reads the status from the log and the configuration only. */
export async function readStatus(sources: StatusSources): Promise<EnterpriseStatus> {
  const { reader, tenants, position, deployedIn, airGapped, clock } = sources;
  const registered = await tenants.list();
  const holds = await readHolds(reader);
  let erasures = 0;
  for await (const _ of readAll(reader, [auditTombstoneV1.key])) erasures += 1;
  const prunings = { count: 0, values: 0 };
  for await (const { body } of readAll(reader, [auditPrunedV1.key])) {
    prunings.count += 1;
    prunings.values += auditPrunedV1.fromWire(body).values;
  }
  return {
    v: 'spanforge.enterprise-status.v1',
    takenAt: formatTime(clock()),
    log: await position(),
    deployedIn,
    airGapped,
    tenants: {
      registered: registered.length,
      misplaced: registered
        .filter(({ residency }) => !mayKeep(residency, deployedIn))
        .map(({ tenantId }) => tenantId),
    },
    holds: { subjects: holds.holders.size, traces: holds.traces.size },
    erasures,
    prunings,
  };
}
