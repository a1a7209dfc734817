import { detectionPiiV1, detectionSecretsV1, spanV1 } from '@spanforge/core-events/records';
import { z } from 'zod';
import type {
  Assessment,
  ExecutorInput,
  GateExecutor,
  GateFacts,
  GatheredFacts,
} from '../executor.js';
import type { GateArtifact } from '../model/artifact.js';
import type { TrustResult } from '../model/trust-result.js';
import { inconclusive } from '../verdict/conclude.js';
import { logWindow } from './window.js';

const HOUR_MS = 3_600_000;
/** The window of the HRI rate. */
const HRI_WINDOW_HOURS = 24;

const count = z.int().min(0);
const factsSchema = z.strictObject({
  spans: count,
  hri_assessed_spans: count,
  hri_critical_spans: count,
  hri_threshold: z.number().positive().max(1),
  pii_window_hours: z.number().positive(),
  pii_window_spans: count,
  pii_detections: count,
  secrets_window_hours: z.number().positive(),
  secrets_window_spans: count,
  secrets_detections: count,
});

/** Counts spans by name; several records of one span count once. */
async function countSpans(input: ExecutorInput, hours: number) {
  const spans = new Map<string, { assessed: boolean; critical: boolean }>();
  for await (const record of logWindow(input, [spanV1.key], hours * HOUR_MS)) {
    const { hriCritical } = spanV1.fromWire(record.body);
    const { traceId, spanId = `record-${record.index}` } = record.context;
    const key = `${traceId}\u0000${spanId}`;
    const before = spans.get(key) ?? { assessed: false, critical: false };
    spans.set(key, {
      assessed: before.assessed || hriCritical !== undefined,
      critical: before.critical || hriCritical === true,
    });
  }
  const all = [...spans.values()];
  return {
    spans: all.length,
    assessed: all.filter(({ assessed }) => assessed).length,
    critical: all.filter(({ critical }) => critical).length,
  };
}

/** Counts findings in events and outputs; findings from the scan of a data set are no leak. */
async function countDetections(
  input: ExecutorInput,
  type: typeof detectionPiiV1,
  hours: number,
): Promise<number> {
  let found = 0;
  for await (const record of logWindow(input, [type.key], hours * HOUR_MS)) {
    const { subject, findingCount } = type.fromWire(record.body);
    if (subject !== 'dataset') found += findingCount;
  }
  return found;
}

async function gather(input: ExecutorInput): Promise<GatheredFacts> {
  const { settings } = input.services;
  const { piiWindowHours, secretsWindowHours, hriCriticalThreshold } = settings;
  const [hri, pii, secrets] = [
    await countSpans(input, HRI_WINDOW_HOURS),
    await countSpans(input, piiWindowHours),
    await countSpans(input, secretsWindowHours),
  ];
  return {
    facts: {
      spans: hri.spans,
      hri_assessed_spans: hri.assessed,
      hri_critical_spans: hri.critical,
      hri_threshold: hriCriticalThreshold,
      pii_window_hours: piiWindowHours,
      pii_window_spans: pii.spans,
      pii_detections: await countDetections(input, detectionPiiV1, piiWindowHours),
      secrets_window_hours: secretsWindowHours,
      secrets_window_spans: secrets.spans,
      secrets_detections: await countDetections(input, detectionSecretsV1, secretsWindowHours),
    },
    engines: [{ name: 'evidence-log', kind: 'builtin', version: '1', findings: 0 }],
  };
}

function judge(given: GateFacts): Assessment {
  const facts = factsSchema.parse(given);
  const { spans, hri_critical_spans: critical, hri_threshold: threshold } = facts;
  const rate = spans === 0 ? 0 : critical / spans;
  const failures = [
    ...(spans > 0 && rate >= threshold
      ? [`HRI critical rate ${rate.toFixed(4)} is at or over ${threshold}`]
      : []),
    ...(facts.pii_detections > 0
      ? [`${facts.pii_detections} PII detections in ${facts.pii_window_hours} h`]
      : []),
    ...(facts.secrets_detections > 0
      ? [`${facts.secrets_detections} secrets detections in ${facts.secrets_window_hours} h`]
      : []),
  ];
  const metrics = {
    ...{ hri_critical_rate: rate, pii_detections_24h: facts.pii_detections },
    ...{ secrets_detections_24h: facts.secrets_detections, failures, spans },
    hri_assessed_spans: facts.hri_assessed_spans,
  };
  if (failures.length > 0) {
    const reason = failures.join('; ');
    return { result: 'fail', firm: true, reasonCode: 'trust_failed', reason, metrics };
  }
  const empty = [spans, facts.pii_window_spans, facts.secrets_window_spans].includes(0);
  if (empty) {
    return inconclusive('no_spans', 'no span is on record in a window: nothing was watched', {
      ...metrics,
      failures: ['no spans in a window'],
    });
  }
  const reason = `all three windows pass over ${spans} spans`;
  return { result: 'pass', firm: false, reasonCode: 'trust_passed', reason, metrics };
}

/** `halluccheck_trust`: checks three windows over the evidence log of a project. */
export const halluccheckTrust: GateExecutor = {
  type: 'halluccheck_trust',
  metrics: {
    ...{ hri_critical_rate: 'number', pii_detections_24h: 'number' },
    ...{ secrets_detections_24h: 'number', failures: 'strings' },
    ...{ spans: 'number', hri_assessed_spans: 'number' },
  },
  options: z.strictObject({}),
  gather,
  judge,
};

/** The trust gate's result, read from its artifact. Without metrics the numbers are NaN. */
export function trustResultOf({ metrics, reason }: GateArtifact): TrustResult {
  const number = (name: string): number =>
    typeof metrics[name] === 'number' ? Number(metrics[name]) : Number.NaN;
  const { failures } = metrics;
  return {
    hriCriticalRate: number('hri_critical_rate'),
    piiDetections24h: number('pii_detections_24h'),
    secretsDetections24h: number('secrets_detections_24h'),
    failures: Array.isArray(failures) && failures.length > 0 ? failures : [reason],
  };
}
