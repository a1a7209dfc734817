import { lstat } from 'node:fs/promises';
import { z } from 'zod';
import type {
  Assessment,
  ExecutorInput,
  GateExecutor,
  GateFacts,
  GatheredFacts,
} from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { defaultBaselinePath } from '../signatures/baseline.js';
import { quantileChange } from '../statistics/bootstrap.js';
import { ascending, quantile } from '../statistics/quantile.js';
import { createSeededRandom } from '../statistics/random.js';
import { failure, inconclusive } from '../verdict/conclude.js';
import { readBaseline } from './baseline.js';
import { measure, measureInterleaved } from './measure.js';

const command = z.array(z.string()).min(1).max(100);

/** Options of the gate. */
export const performanceOptions = z.strictObject({
  /** A file of OpenTelemetry or OpenInference traces. Default: the evidence log. */
  traces: z.string().min(1).optional(),
  /** The stored baseline. Default: `.sf-gate/baselines/<gate id>.json`, if it exists. */
  baseline: z.string().min(1).optional(),
  max_regression_pct: z.number().positive().max(10_000).default(10),
  min_spans: z.int().min(10).max(1_000_000).default(30),
  window_hours: z.number().positive().max(87_600).default(24),
  kind: z.enum(['tool', 'model', 'retrieval', 'agent', 'other']).optional(),
  confidence: z.number().min(0.8).max(0.999).default(0.95),
  /** Runs both sides alternately instead of reading recorded durations. */
  compare: z
    .strictObject({ baseline: command, candidate: command, rounds: z.int().min(10).max(10_000) })
    .optional(),
});

const number = z.number();
const factsSchema = z.strictObject({
  source: z.enum(['log', 'traces', 'interleaved']),
  spans: z.int().min(0),
  min_spans: z.int().min(1),
  distinct: z.int().min(0),
  p50_latency_ms: number.optional(),
  p95_latency_ms: number.optional(),
  p99_latency_ms: number.optional(),
  has_condition: z.boolean(),
  max_regression_pct: number,
  baseline: z
    .strictObject({
      spans: z.int().min(0),
      p99_ms: number,
      change_pct: number,
      lower_pct: number,
      upper_pct: number,
    })
    .optional(),
});

async function baselineOf(
  { gate, services }: ExecutorInput,
  named: string | undefined,
): Promise<readonly number[] | undefined> {
  const path = insideRoot(services.root, named ?? defaultBaselinePath(gate.id));
  // A baseline that is named must exist; the default one may never have been made.
  if (named === undefined && (await lstat(path).catch(() => undefined)) === undefined) {
    return undefined;
  }
  return (await readBaseline(path, gate.id, services.verificationKeys)).durations_ms;
}

function changeFrom(baseline: readonly number[], candidate: readonly number[], confidence: number) {
  const random = createSeededRandom(0x5f0c_e5a1);
  const rounds = 1000;
  const { point, lower, upper } = quantileChange(baseline, candidate, {
    ...{ q: 0.99, confidence, rounds, random },
  });
  const p99 = quantile(ascending(baseline), 0.99);
  return {
    baseline: {
      ...{ spans: baseline.length, p99_ms: p99, change_pct: point },
      ...{ lower_pct: lower, upper_pct: upper },
    },
  };
}

async function gather(input: ExecutorInput): Promise<GatheredFacts> {
  const given = performanceOptions.parse(input.gate.with);
  const { compare, confidence } = given;
  const pair = compare && (await measureInterleaved(input, compare));
  const measured = pair
    ? { durations: pair.candidate, source: 'interleaved' as const, inputs: [] }
    : await measure(input, {
        ...{ traces: given.traces, windowHours: given.window_hours, kind: given.kind },
      });
  const sorted = ascending(measured.durations);
  const spans = sorted.length;
  const baseline = pair ? pair.baseline : await baselineOf(input, given.baseline);
  const enough = spans >= given.min_spans && (baseline?.length ?? 1) > 0;
  return {
    facts: {
      ...{ source: measured.source, spans, min_spans: given.min_spans },
      distinct: new Set(sorted).size,
      ...(spans === 0
        ? {}
        : {
            p50_latency_ms: quantile(sorted, 0.5),
            p95_latency_ms: quantile(sorted, 0.95),
            p99_latency_ms: quantile(sorted, 0.99),
          }),
      has_condition: input.gate.pass_condition !== undefined,
      max_regression_pct: given.max_regression_pct,
      ...(baseline !== undefined && enough ? changeFrom(baseline, sorted, confidence) : {}),
    },
    inputs: measured.inputs,
    engines: [{ name: measured.source, kind: 'builtin', version: '1', findings: 0 }],
  };
}

function judge(given: GateFacts): Assessment {
  const facts = factsSchema.parse(given);
  const { spans, min_spans: least, baseline, max_regression_pct: most } = facts;
  if (spans === 0) return inconclusive('no_spans', 'no span was measured');
  const metrics = {
    p50_latency_ms: facts.p50_latency_ms ?? Number.MAX_VALUE,
    p95_latency_ms: facts.p95_latency_ms ?? Number.MAX_VALUE,
    p99_latency_ms: facts.p99_latency_ms ?? Number.MAX_VALUE,
    spans,
    ...(baseline === undefined
      ? {}
      : {
          baseline_p99_ms: baseline.p99_ms,
          regression_pct: baseline.change_pct,
          regression_lower_pct: baseline.lower_pct,
          regression_upper_pct: baseline.upper_pct,
        }),
  };
  if (spans < least) {
    return inconclusive('too_few_spans', `${spans} spans of at least ${least}`, metrics);
  }
  if (facts.distinct < 2) {
    return inconclusive('zero_variance', 'every span took exactly as long: not measured', metrics);
  }
  if (baseline === undefined) {
    return facts.has_condition
      ? {
          ...{ result: 'pass', firm: false, reasonCode: 'threshold_only', metrics },
          reason: 'no baseline is stored; the pass condition decides alone',
        }
      : inconclusive(
          'no_baseline',
          'no baseline is stored and no pass_condition is given',
          metrics,
        );
  }
  return judgeChange(baseline, most, metrics);
}

function judgeChange(
  {
    change_pct: point,
    lower_pct: lower,
    upper_pct: upper,
  }: NonNullable<z.infer<typeof factsSchema>['baseline']>,
  most: number,
  metrics: Assessment['metrics'],
): Assessment {
  const finite = [point, lower, upper].every(Number.isFinite);
  if (!finite) return failure('baseline_unusable', 'the baseline gives no finite change');
  const shown = `p99 changed by ${point.toFixed(1)} % (${lower.toFixed(1)} to ${upper.toFixed(1)})`;
  if ((upper - lower) / 2 > most) {
    return inconclusive('too_noisy', `${shown}: the noise is over ${most} %`, metrics);
  }
  if (lower > 0 && point > most) {
    return { result: 'fail', firm: false, reasonCode: 'regression', reason: shown, metrics };
  }
  if (upper <= most) {
    return { result: 'pass', firm: false, reasonCode: 'no_regression', reason: shown, metrics };
  }
  const reason = `${shown}: neither within ${most} % nor surely over it`;
  return { result: 'inconclusive', firm: false, reasonCode: 'undecided', reason, metrics };
}

/** `performance_regression`: latency percentiles against a stored baseline. */
export const performanceRegression: GateExecutor = {
  type: 'performance_regression',
  metrics: {
    ...{ p50_latency_ms: 'number', p95_latency_ms: 'number', p99_latency_ms: 'number' },
    ...{ baseline_p99_ms: 'number', regression_pct: 'number' },
    ...{ regression_lower_pct: 'number', regression_upper_pct: 'number', spans: 'number' },
  },
  options: performanceOptions,
  gather,
  judge,
};
