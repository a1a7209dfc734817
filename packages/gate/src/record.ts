import type { EvidenceContext, RecordDraft } from '@spanforge/core-events';
import { type GateBody, gateV1 } from '@spanforge/core-events/records';
import type { GateArtifact, GateRun } from './model/artifact.js';
import type { GateMetrics } from './model/verdict.js';

const MAX_TEXT = 512;
const MAX_LIST = 100;

/** Limits the metrics to the size that a record may carry. */
function recordable(metrics: GateMetrics): GateBody['metrics'] {
  const entries = Object.entries(metrics).slice(0, 200);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (typeof value === 'string') return [name, value.slice(0, MAX_TEXT)];
      if (typeof value !== 'object') return [name, value];
      return [name, value.slice(0, MAX_LIST).map((one) => one.slice(0, MAX_TEXT))];
    }),
  );
}

/** Digests that a record carries beside a verdict. */
export interface RecordedDigests {
  readonly inputSha256?: string | undefined;
  readonly artifactSha256?: string | undefined;
  readonly statementSha256?: string | undefined;
  readonly decisions?: number | undefined;
  readonly decisionsAllowed?: number | undefined;
}

const draft = (context: EvidenceContext, body: GateBody): RecordDraft => ({
  type: gateV1.key,
  context,
  body: gateV1.toWire(body),
});

/** The record of one gate's verdict. */
export function draftVerdict(
  context: EvidenceContext,
  artifact: GateArtifact,
  runId: string | undefined,
  digests: RecordedDigests,
): RecordDraft {
  const { gateId, type, verdict, onFail, blocking, reason, reasonCode, metrics } = artifact;
  return draft(context, {
    ...{ kind: 'verdict', gateId, gateType: type, runId, verdict, onFail, blocking },
    ...{ reason: reason.slice(0, 2048), reasonCode, metrics: recordable(metrics) },
    durationMs: artifact.durationMs,
    ...digests,
    subjects: [`gate:${gateId}`, ...(runId === undefined ? [] : [`run:${runId}`])],
  });
}

/** The record of a whole run. */
export function draftRun(
  context: EvidenceContext,
  run: GateRun,
  statementSha256: string | undefined,
): RecordDraft {
  const { runId, pipeline, verdict, passed, failed, warned, skipped, failedGates } = run;
  return draft(context, {
    ...{ kind: 'run', gateId: pipeline, gateType: 'pipeline', runId, verdict },
    blocking: failed > 0 || verdict === 'INCONCLUSIVE',
    reason:
      failed > 0 ? `blocked by gates: ${failedGates.join(', ')}`.slice(0, 2048) : 'no gate blocks',
    reasonCode: failed > 0 ? 'gates_failed' : 'gates_passed',
    ...{ metrics: {}, passed, failed, warned, skipped, statementSha256 },
    failedGates: [...failedGates],
    durationMs: run.durationMs,
    subjects: [`run:${runId}`],
  });
}

/** The record of an administrative act: a new baseline, removed artifacts, a calibration. */
export function draftAct(
  context: EvidenceContext,
  act: {
    readonly kind: 'baseline' | 'purge' | 'calibration';
    readonly gateId: string;
    readonly gateType: string;
    readonly reason: string;
    readonly metrics: GateMetrics;
    readonly inputSha256?: string;
  },
): RecordDraft {
  const { metrics, ...rest } = act;
  return draft(context, {
    ...rest,
    ...{ verdict: 'PASS', blocking: false, reasonCode: `${act.kind}_recorded` },
    metrics: recordable(metrics),
    subjects: [`gate:${act.gateId}`],
  });
}
