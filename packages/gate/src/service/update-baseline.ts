import { formatTime } from '@spanforge/core-events';
import { sha256, toHex, utf8 } from '@spanforge/core-signing';
import { writeWhole } from '../artifact/write-new.js';
import { GateError } from '../error.js';
import type { ExecutorInput, GateServices } from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { GATE_ID, gateDefinition } from '../model/definition.js';
import type { GateMetrics } from '../model/verdict.js';
import { type Baseline, keepEvenly } from '../performance/baseline.js';
import { performanceOptions } from '../performance/executor.js';
import { measure } from '../performance/measure.js';
import type { CostBaseline } from '../prri/cost-baseline.js';
import { measureCosts } from '../prri/executor.js';
import { defaultBaselinePath, sealBaseline } from '../signatures/baseline.js';
import { ascending, quantile } from '../statistics/quantile.js';

/** A measurement that becomes the baseline of a gate. */
interface Measurement {
  readonly baseline: Baseline | CostBaseline;
  readonly told: {
    readonly spans: number;
    readonly p99LatencyMs?: number;
    readonly meanCost?: number;
  };
  readonly metrics: GateMetrics;
}

const tooFewError = (least: number, spans: number): GateError =>
  new GateError(
    'GATE_BASELINE_INVALID',
    `a baseline needs at least ${least} spans that differ; there are ${spans}`,
    { details: { spans } },
  );

async function measureLatency(
  input: ExecutorInput,
  traces: string | undefined,
  created: string,
): Promise<Measurement> {
  const { window_hours: windowHours, min_spans: least } = performanceOptions.parse({});
  const { durations } = await measure(input, { traces, windowHours });
  const sorted = ascending(durations);
  if (sorted.length < least || new Set(sorted).size < 2) throw tooFewError(least, sorted.length);
  const [spans, p99LatencyMs] = [sorted.length, quantile(sorted, 0.99)];
  return {
    baseline: {
      ...{ v: 'spanforge.gate-baseline.v1', gate_id: input.gate.id, created, spans },
      durations_ms: [...keepEvenly(sorted)],
    },
    told: { spans, p99LatencyMs },
    metrics: { spans, p99_latency_ms: p99LatencyMs },
  };
}

async function measureMeanCost(input: ExecutorInput, created: string): Promise<Measurement> {
  const { spans, mean, currencies } = await measureCosts(input);
  const [currency = 'USD', ...others] = currencies;
  if (mean === undefined || mean <= 0) {
    throw new GateError('GATE_BASELINE_INVALID', 'no span in the window has a cost');
  }
  if (others.length > 0) {
    throw new GateError(
      'GATE_BASELINE_INVALID',
      'the spans have costs in several currencies, which cannot be added',
    );
  }
  return {
    baseline: {
      ...{ v: 'spanforge.gate-cost-baseline.v1', gate_id: input.gate.id, created, spans },
      ...{ mean_cost: mean, currency },
    },
    told: { spans, meanCost: mean },
    metrics: { spans, mean_cost: mean },
  };
}

/**
 * Measures as the gate does and stores the result as its baseline: the durations of a performance
 * gate, or the mean cost of a span of a readiness gate.
 */
export async function updateBaseline(
  gateId: string,
  type: string,
  services: GateServices,
  { traces, path }: { readonly traces?: string; readonly path?: string },
) {
  if (!GATE_ID.test(gateId))
    throw new GateError('GATE_OPTIONS_INVALID', 'gateId: expected the id of a gate');
  const costs = type === 'halluccheck_prri';
  const gateType = costs ? type : 'performance_regression';
  const gate = gateDefinition.parse({ id: gateId, type: gateType });
  const input = { gate, services, signal: new AbortController().signal };
  const created = formatTime(services.clock());
  const { baseline, told, metrics } = costs
    ? await measureMeanCost(input, created)
    : await measureLatency(input, traces, created);
  const text = await sealBaseline(baseline, services.keys);
  const shown = path ?? defaultBaselinePath(gateId);
  await writeWhole(insideRoot(services.root, shown), utf8(text), { replace: true });
  return {
    ...{ path: shown, ...told },
    draft: {
      ...{ kind: 'baseline' as const, gateId, gateType, metrics },
      reason: `the baseline of ${gateId} was set from ${told.spans} spans`,
      inputSha256: toHex(sha256(utf8(text))),
    },
  };
}
