import type { EvidenceContext, EvidenceReader, Recorder } from '@spanforge/core-events';
import { enterpriseHoldV1 } from '@spanforge/core-events/records';
import { readAll } from '../read-all.js';
import { recordChange } from '../record-change.js';

/** The active legal holds of a tenant. */
export interface StandingHolds {
  /** Pseudonyms of subjects. */
  readonly holders: ReadonlySet<string>;
  readonly traces: ReadonlySet<string>;
}

/** A legal hold on a trace, with who asks for it and why. */
export interface TraceHold {
  readonly traceId: string;
  /** False to lift the hold. */
  readonly held: boolean;
  readonly reason: string;
  /** Its tenant is the tenant of the trace. */
  readonly context: EvidenceContext;
}

const TRACE = 'trace:';

const isTrace = (name: string): boolean => name.startsWith(TRACE);

/** Reads the active holds among those that count. */
async function readThose(
  reader: EvidenceReader,
  counts: (holder: string, tenant: string) => boolean,
): Promise<StandingHolds> {
  const names = new Set<string>();
  for await (const { body, context } of readAll(reader, [enterpriseHoldV1.key])) {
    const { holder, held } = enterpriseHoldV1.fromWire(body);
    if (!counts(holder, context.tenant)) continue;
    if (held) names.add(holder);
    else names.delete(holder);
  }
  return {
    holders: new Set([...names].filter((name) => !isTrace(name))),
    traces: new Set([...names].filter(isTrace).map((name) => name.slice(TRACE.length))),
  };
}

/** Reads the active holds, of all tenants or of one; the newest record about each counts. */
export function readHolds(reader: EvidenceReader, tenant?: string): Promise<StandingHolds> {
  return readThose(reader, (_, of) => tenant === undefined || of === tenant);
}

/**
 * What erasing and pruning must respect: the holds on traces of a tenant, and all holds on subjects.
 * A pseudonym belongs to one tenant, and a hold counts wherever it was recorded.
 */
export function readEffectiveHolds(reader: EvidenceReader, tenant: string): Promise<StandingHolds> {
  return readThose(reader, (holder, of) => !isTrace(holder) || of === tenant);
}

/**
 * Places a legal hold on a trace, or lifts it. While a hold is active, none of the trace's values
 * is erased or pruned.
 *
 * @throws {EnterpriseError} `ENTERPRISE_EVIDENCE_UNAVAILABLE`.
 */
export async function holdTrace(
  recorder: Recorder,
  { traceId, held, reason, context }: TraceHold,
): Promise<void> {
  const body = enterpriseHoldV1.toWire({ holder: `${TRACE}${traceId}`, held, reason });
  await recordChange(
    recorder,
    { type: enterpriseHoldV1.key, context, body },
    'the hold is as before: the change could not be recorded',
  );
}
