import type { EvidenceContext, EvidenceReader, Recorder } from '@spanforge/core-events';
import { enterpriseHoldV1 } from '@spanforge/core-events/records';
import { readAll } from '../read-all.js';
import { recordChange } from '../record-change.js';

/** The legal holds that stand in a tenant. */
export interface StandingHolds {
  /** Pseudonyms of subjects. */
  readonly holders: ReadonlySet<string>;
  readonly traces: ReadonlySet<string>;
}

/** Who holds a trace, and why. */
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

/**
 * Reads the holds that stand; the newest word about each counts. With a tenant, only its traces are
 * answered; a pseudonym is of one tenant by itself.
 */
export async function readHolds(reader: EvidenceReader, tenant?: string): Promise<StandingHolds> {
  const names = new Set<string>();
  for await (const { body, context } of readAll(reader, [enterpriseHoldV1.key])) {
    const { holder, held } = enterpriseHoldV1.fromWire(body);
    if (isTrace(holder) && tenant !== undefined && context.tenant !== tenant) continue;
    if (held) names.add(holder);
    else names.delete(holder);
  }
  return {
    holders: new Set([...names].filter((name) => !isTrace(name))),
    traces: new Set([...names].filter(isTrace).map((name) => name.slice(TRACE.length))),
  };
}

/**
 * Places a legal hold on a trace, or lifts it: while it stands, none of the trace's values is erased
 * or pruned.
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
