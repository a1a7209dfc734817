import type { EvidenceContext, RecordDraft } from '@spanforge/core-events';
import { type PolicyCanaryBody, policyCanaryV1 } from '@spanforge/core-events/records';
import type { CanaryMetric } from './metrics.js';
import type { Observed } from './tally.js';
import { joinUnits, splitUnits } from './units.js';

type Written = NonNullable<PolicyCanaryBody['observed']>;

/** The record of one look, as it goes to the log. */
export function canaryDraft(body: PolicyCanaryBody, context: EvidenceContext): RecordDraft {
  return { type: policyCanaryV1.key, context, body: policyCanaryV1.toWire(body) };
}

/** The claim name that only one replica can take for a record of a canary. */
export function canaryClaim(tenant: string, id: string, sequence: number): string {
  return `policy.canary/${JSON.stringify([tenant, id])}/${sequence}`;
}

/** Metrics as records carry them: every number finite. */
export function toMetrics(metrics: readonly CanaryMetric[]): PolicyCanaryBody['metrics'] {
  return metrics.map((metric) => ({ ...metric }));
}

export function toObserved(observed: Observed): Written {
  return {
    seen: joinUnits(observed.seen),
    blocked: joinUnits(observed.blocked),
    reviewedCandidate: joinUnits(observed.reviewed.candidate),
    overturnedCandidate: joinUnits(observed.overturned.candidate),
    reviewedBaseline: joinUnits(observed.reviewed.baseline),
    overturnedBaseline: joinUnits(observed.overturned.baseline),
    minutes: observed.minutes.map((one) => ({ ...one })),
  };
}

/** @throws {RangeError} for what is not a row of units. */
export function fromObserved(written: Written): Observed {
  return {
    seen: splitUnits(written.seen),
    blocked: splitUnits(written.blocked),
    reviewed: {
      candidate: splitUnits(written.reviewedCandidate),
      baseline: splitUnits(written.reviewedBaseline),
    },
    overturned: {
      candidate: splitUnits(written.overturnedCandidate),
      baseline: splitUnits(written.overturnedBaseline),
    },
    minutes: written.minutes,
  };
}
