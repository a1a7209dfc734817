import { sha256, toHex } from '@spanforge/core-signing';
import { z } from 'zod';
import type {
  Assessment,
  ExecutorInput,
  GateExecutor,
  GateFacts,
  GatheredFacts,
} from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { readRegularFile } from '../files/open-regular.js';
import { createSequentialPairs } from '../statistics/always-valid.js';
import { holm } from '../statistics/holm.js';
import { fewestDiscordant, judgePairs } from '../statistics/paired.js';
import { failure, inconclusive } from '../verdict/conclude.js';
import { decideCases } from './ask-policy.js';
import { type GoldenResult, readResults } from './read-results.js';

const MAX_BYTES = 256 * 1024 * 1024;
const count = z.int().min(0);
const positive = z.number().positive();

/** `null` turns a threshold off: some tools do not report the cost of a run or its tokens. */
const thresholds = z.strictObject({
  latency_ms: positive.nullable().default(2000),
  error_rate: positive.max(1).nullable().default(0.01),
  cost_per_1000_tokens: positive.nullable().default(0.05),
});

const options = z.strictObject({
  /** Results of the candidate. */
  results: z.string().min(1),
  /** Results of what runs in production, on the same cases. */
  baseline: z.string().min(1).optional(),
  thresholds: thresholds.default(thresholds.parse({})),
  alpha: z.number().min(0.0001).max(0.2).default(0.05),
  /** The largest acceptable drop of the pass rate. */
  margin: z.number().positive().max(0.5).default(0.05),
  min_cases: z.int().min(5).max(1_000_000).default(20),
  /** For repeated cases: the share of a case's repeats that must pass. */
  case_threshold: z.number().positive().max(1).default(1),
  /** `sequential` if the run is checked while it grows. */
  design: z.enum(['once', 'sequential']).default('once'),
  /** Ask the policy about every case; all must be allowed. */
  governance: z.boolean().default(true),
});

const pairs = z.strictObject({ cases: count, worse: count, better: count });

const factsSchema = z.strictObject({
  cases: count,
  passed_cases: count,
  errors: count,
  runs: count,
  varies: z.boolean(),
  mean_latency_ms: z.number().optional(),
  cost_per_1000_tokens: z.number().optional(),
  thresholds,
  alpha: z.number(),
  margin: z.number(),
  min_cases: count,
  design: z.enum(['once', 'sequential']),
  /** By metric: pass rate and errors. */
  pairs: z.record(z.enum(['passed', 'no_error']), pairs).optional(),
  unpaired: count,
  sequential: z.enum(['pass', 'fail', 'inconclusive']).optional(),
  governance: z.boolean(),
  decisions: count,
  decisions_allowed: count,
});

/** One case over its repeats. */
interface CaseOutcome {
  readonly passed: boolean;
  readonly noError: boolean;
}

function byCase(
  results: readonly GoldenResult[],
  threshold: number,
): ReadonlyMap<string, CaseOutcome> {
  const groups = new Map<string, GoldenResult[]>();
  for (const one of results) groups.set(one.caseId, [...(groups.get(one.caseId) ?? []), one]);
  return new Map(
    [...groups].map(([id, runs]) => {
      const share = runs.filter(({ passed, error }) => passed && !error).length / runs.length;
      return [id, { passed: share >= threshold, noError: runs.every(({ error }) => !error) }];
    }),
  );
}

function countPairs(
  before: ReadonlyMap<string, CaseOutcome>,
  after: ReadonlyMap<string, CaseOutcome>,
  metric: keyof CaseOutcome,
) {
  const counts = { cases: 0, worse: 0, better: 0 };
  for (const [id, one] of after) {
    const other = before.get(id);
    if (other === undefined) continue;
    counts.cases += 1;
    if (other[metric] && !one[metric]) counts.worse += 1;
    if (!other[metric] && one[metric]) counts.better += 1;
  }
  return counts;
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, one) => sum + one, 0) / values.length;

/** Means over every run that completed; undefined if a value is missing from one of them. */
function measurementsOf(results: readonly GoldenResult[]) {
  const ended = results.filter(({ error }) => !error);
  const all = (name: 'latencyMs' | 'cost' | 'tokens'): readonly number[] | undefined => {
    const values = ended.flatMap((one) => one[name] ?? []);
    return values.length < ended.length ? undefined : values;
  };
  const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);
  const [latencies, costs, tokens] = [all('latencyMs'), all('cost'), all('tokens')];
  const total = tokens === undefined ? 0 : sum(tokens);
  return {
    latency: latencies === undefined ? undefined : mean(latencies),
    costPer1000: costs === undefined || total === 0 ? undefined : (sum(costs) / total) * 1000,
  };
}

/** True if results differ at all: a harness that always says yes measures nothing. */
function varies(results: readonly GoldenResult[]): boolean {
  return (['passed', 'score', 'latencyMs', 'cost', 'tokens'] as const).some(
    (name) => new Set(results.map((one) => one[name])).size > 1,
  );
}

async function gather(input: ExecutorInput): Promise<GatheredFacts> {
  const given = options.parse(input.gate.with);
  const read = async (name: string) => {
    const bytes = await readRegularFile(insideRoot(input.services.root, name), MAX_BYTES);
    return { results: readResults(bytes, name), input: { name, sha256: toHex(sha256(bytes)) } };
  };
  const candidate = await read(given.results);
  const baseline = given.baseline === undefined ? undefined : await read(given.baseline);
  const { results } = candidate;
  const after = byCase(results, given.case_threshold);
  const before = baseline && byCase(baseline.results, given.case_threshold);
  const unpaired = before
    ? [...after.keys()].filter((id) => !before.has(id)).length +
      [...before.keys()].filter((id) => !after.has(id)).length
    : 0;
  const firsts = new Map(results.map((one) => [one.caseId, one]));
  const decided = given.governance
    ? await decideCases(input, [...firsts.values()])
    : { decisions: 0, decisionsAllowed: 0 };
  const { latency, costPer1000 } = measurementsOf(results);
  return {
    facts: {
      ...{ cases: after.size, runs: results.length, unpaired, varies: varies(results) },
      passed_cases: [...after.values()].filter(({ passed }) => passed).length,
      errors: results.filter(({ error }) => error).length,
      ...(latency === undefined ? {} : { mean_latency_ms: latency }),
      ...(costPer1000 === undefined ? {} : { cost_per_1000_tokens: costPer1000 }),
      ...{ thresholds: given.thresholds, alpha: given.alpha, margin: given.margin },
      ...{ min_cases: given.min_cases, design: given.design },
      ...(before === undefined
        ? {}
        : {
            pairs: {
              passed: countPairs(before, after, 'passed'),
              no_error: countPairs(before, after, 'noError'),
            },
            ...(given.design === 'sequential' ? { sequential: inTurn(before, after, given) } : {}),
          }),
      governance: given.governance,
      ...{ decisions: decided.decisions, decisions_allowed: decided.decisionsAllowed },
    },
    inputs: [candidate.input, ...(baseline === undefined ? [] : [baseline.input])],
    engines: [{ name: 'golden-set', kind: 'builtin', version: '1', findings: 0 }],
  };
}

/** The verdict of a run that is checked after every case, in the order of the candidate's file. */
function inTurn(
  before: ReadonlyMap<string, CaseOutcome>,
  after: ReadonlyMap<string, CaseOutcome>,
  { alpha, margin, min_cases: minCases }: z.infer<typeof options>,
): 'pass' | 'fail' | 'inconclusive' {
  const test = createSequentialPairs({ alpha, margin, minCases });
  for (const [id, one] of after) {
    const other = before.get(id);
    if (other !== undefined) test.add(other.passed, one.passed);
  }
  return test.verdict();
}

type Facts = z.infer<typeof factsSchema>;

/** Thresholds that are not met, and measurements that are missing. */
function checkThresholds(facts: Facts): {
  readonly missed: readonly string[];
  readonly absent: readonly string[];
} {
  const { thresholds: limits, errors, runs } = facts;
  const measured: Readonly<Record<keyof typeof limits, number | undefined>> = {
    latency_ms: facts.mean_latency_ms,
    error_rate: runs === 0 ? undefined : errors / runs,
    cost_per_1000_tokens: facts.cost_per_1000_tokens,
  };
  const names = (Object.keys(limits) as (keyof typeof limits)[]).filter(
    (name) => limits[name] !== null,
  );
  return {
    absent: names.filter((name) => measured[name] === undefined),
    missed: names.filter((name) => (measured[name] ?? 0) >= (limits[name] ?? 0)),
  };
}

function judge(given: GateFacts): Assessment {
  const facts = factsSchema.parse(given);
  const {
    cases,
    passed_cases: passed,
    alpha,
    margin,
    decisions,
    decisions_allowed: allowed,
  } = facts;
  const metrics = {
    ...{ cases, pass_rate: cases === 0 ? 0 : passed / cases },
    error_rate: facts.runs === 0 ? 1 : facts.errors / facts.runs,
    ...(facts.mean_latency_ms === undefined ? {} : { latency_ms: facts.mean_latency_ms }),
    ...(facts.cost_per_1000_tokens === undefined
      ? {}
      : { cost_per_1000_tokens: facts.cost_per_1000_tokens }),
    ...{ decisions, decisions_allowed: allowed },
    smallest_effect: cases === 0 ? 1 : Math.min(1, fewestDiscordant(alpha) / cases),
  };
  const { missed, absent } = checkThresholds(facts);
  const fail = (code: string, reason: string): Assessment => ({
    ...failure(code, reason),
    metrics,
  });
  const open = (code: string, reason: string): Assessment => inconclusive(code, reason, metrics);
  if (cases === 0) return open('no_cases', 'the golden set has no case');
  if (facts.governance && allowed < decisions) {
    return fail(
      'governance_refused',
      `the policy does not allow ${decisions - allowed} of ${decisions} cases`,
    );
  }
  if (missed.length > 0)
    return fail('thresholds_missed', `not under the threshold: ${missed.join(', ')}`);
  if (passed === 0 && cases >= facts.min_cases)
    return fail('no_case_passes', `none of ${cases} cases passes`);
  if (facts.governance && decisions < cases)
    return open('not_governed', 'not every case was decided');
  if (cases < facts.min_cases)
    return open('too_few_cases', `${cases} cases of at least ${facts.min_cases}`);
  if (!facts.varies) return open('zero_variance', 'every run gave the same: nothing was measured');
  if (absent.length > 0) return open('not_measured', `not measured: ${absent.join(', ')}`);
  if (facts.pairs === undefined) {
    const reason = `${passed} of ${cases} cases pass, thresholds hold, no baseline to compare with`;
    return { result: 'pass', firm: false, reasonCode: 'thresholds_met', reason, metrics };
  }
  if (facts.unpaired > 0) return open('unpaired', `${facts.unpaired} cases ran on one side only`);
  return judgeAgainstBaseline(facts, metrics, { alpha, margin });
}

function judgeAgainstBaseline(
  facts: Facts,
  metrics: Assessment['metrics'],
  { alpha, margin }: { readonly alpha: number; readonly margin: number },
): Assessment {
  const judged = Object.entries(facts.pairs ?? {}).map(([name, counts]) => {
    return { name, ...judgePairs(counts, { alpha, margin }) };
  });
  const adjusted = holm(judged.map(({ pValue }) => pValue));
  const rate = judged.find(({ name }) => name === 'passed');
  const more = {
    ...metrics,
    difference: rate?.difference ?? 0,
    difference_lower: rate?.lower ?? -1,
    difference_upper: rate?.upper ?? 1,
    p_value: Math.min(...adjusted),
  };
  const worse = judged.filter(
    ({ difference }, at) => difference > 0 && (adjusted[at] ?? 1) <= alpha,
  );
  const shown = `the pass rate changed by ${(-100 * (rate?.difference ?? 0)).toFixed(1)} points; an effect of ${(100 * Number(metrics.smallest_effect)).toFixed(1)} could have been seen`;
  const sequential = facts.design === 'sequential' ? facts.sequential : undefined;
  const failed = facts.design === 'sequential' ? sequential === 'fail' : worse.length > 0;
  if (failed) return { ...failure('worse_than_baseline', shown), metrics: more };
  const passes =
    facts.design === 'sequential'
      ? sequential === 'pass'
      : judged.every(({ upper }) => upper < margin);
  return passes
    ? { result: 'pass', firm: false, reasonCode: 'not_worse', reason: shown, metrics: more }
    : inconclusive('undecided', `${shown}: more cases are needed`, more);
}

/**
 * `eval_promotion`: compares a golden set with thresholds and a baseline, and asks the policy about
 * every case.
 */
export const evalPromotion: GateExecutor = {
  type: 'eval_promotion',
  metrics: {
    ...{ cases: 'number', pass_rate: 'number', error_rate: 'number', latency_ms: 'number' },
    ...{ cost_per_1000_tokens: 'number', decisions: 'number', decisions_allowed: 'number' },
    ...{ smallest_effect: 'number', difference: 'number', difference_lower: 'number' },
    ...{ difference_upper: 'number', p_value: 'number' },
  },
  options,
  gather,
  judge,
};
