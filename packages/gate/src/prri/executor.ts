import { lstat } from 'node:fs/promises';
import {
  detectionPiiV1,
  type GroundingBody,
  groundingV1,
  spanV1,
} from '@spanforge/core-events/records';
import { fromUtf8, parseJson, sha256, toHex } from '@spanforge/core-signing';
import { z } from 'zod';
import { GateError } from '../error.js';
import type {
  Assessment,
  ExecutorInput,
  GateExecutor,
  GateFacts,
  GatheredFacts,
} from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { readRegularFile } from '../files/open-regular.js';
import { logWindow } from '../trust/window.js';
import { failure, inconclusive } from '../verdict/conclude.js';
import { prriBand } from './band.js';
import { readCostBaseline } from './cost-baseline.js';

const HOUR_MS = 3_600_000;
const MAX_GOLDEN_BYTES = 64 * 1024 * 1024;
const share = z.number().min(0).max(1);
const count = z.int().min(0);

const weights = z.strictObject({
  hallucination: share.default(0.4),
  refusal_accuracy: share.default(0.25),
  pii_leak_rate: share.default(0.25),
  cost_drift: share.default(0.1),
});

const options = z.strictObject({
  /** A score that was computed elsewhere, 0 to 100; then nothing is read. */
  score: z.number().min(0).max(100).optional(),
  dimensions: z.record(z.string(), z.number()).default({}),
  framework: z.string().default('default'),
  weights: weights.default(weights.parse({})),
  window_hours: z.number().positive().max(87_600).default(168),
  /**
   * JSONL of the golden set: `expected_refusal` and `refused`, both booleans. Default:
   * `.sf-gate/golden.jsonl`, if it exists.
   */
  golden: z.string().min(1).optional(),
  /**
   * Mean cost of a span before this release. Default: the stored baseline, or else the window
   * before this one.
   */
  cost_baseline: z.number().positive().optional(),
});

const factsSchema = z.strictObject({
  framework: z.string(),
  red_threshold: z.number(),
  score: z.number().optional(),
  dimensions: z.record(z.string(), z.number()),
  weights: weights.optional(),
  claims: count.optional(),
  ungrounded_claims: count.optional(),
  golden_cases: count.optional(),
  golden_correct: count.optional(),
  traces: count.optional(),
  traces_with_pii: count.optional(),
  cost_spans: count.optional(),
  cost_mean: z.number().min(0).optional(),
  cost_baseline: z.number().positive().optional(),
  cost_currencies: count.optional(),
});

/**
 * Counts the claims that no source supports; one that could not be assessed is not counted. A
 * record lists only its lowest scores: if all listed claims are ungrounded, the claims that are not
 * listed count as ungrounded too.
 */
function ungroundedClaims({ claims: listed, claimCount }: GroundingBody): number {
  const grounded = listed.filter(({ verdict }) => verdict === 'grounded').length;
  return grounded === 0 ? claimCount : listed.length - grounded;
}

async function claims(input: ExecutorInput, windowMs: number) {
  let [all, ungrounded] = [0, 0];
  for await (const { body } of logWindow(input, [groundingV1.key], windowMs)) {
    const grounding = groundingV1.fromWire(body);
    all += grounding.claimCount;
    ungrounded += ungroundedClaims(grounding);
  }
  return { claims: all, ungrounded_claims: Math.min(all, ungrounded) };
}

async function leaks(input: ExecutorInput, windowMs: number) {
  const leaking = new Set<string>();
  for await (const { body, context } of logWindow(input, [detectionPiiV1.key], windowMs)) {
    const { subject, findingCount } = detectionPiiV1.fromWire(body);
    if (subject !== 'dataset' && findingCount > 0) leaking.add(context.traceId);
  }
  return leaking;
}

async function costs(input: ExecutorInput, windowMs: number, endMs?: number) {
  const traces = new Set<string>();
  const currencies = new Set<string>();
  let [spans, sum] = [0, 0];
  for await (const { body, context } of logWindow(input, [spanV1.key], windowMs, endMs)) {
    traces.add(context.traceId);
    const { cost, costCurrency = 'USD' } = spanV1.fromWire(body);
    if (cost === undefined) continue;
    currencies.add(costCurrency);
    spans += 1;
    sum += cost;
  }
  return { traces, currencies, spans, mean: spans === 0 ? undefined : sum / spans };
}

/** Default path of the golden set. */
const DEFAULT_GOLDEN = '.sf-gate/golden.jsonl';

async function goldenPath(
  { services }: ExecutorInput,
  given: string | undefined,
): Promise<string | undefined> {
  if (given !== undefined) return given;
  const stat = await lstat(insideRoot(services.root, DEFAULT_GOLDEN)).catch(() => undefined);
  return stat === undefined ? undefined : DEFAULT_GOLDEN;
}

/** Measures the cost of the spans in the default window, as the gate does. */
export function measureCosts(input: ExecutorInput) {
  return costs(input, options.parse({}).window_hours * HOUR_MS);
}

async function golden({ services }: ExecutorInput, name: string) {
  const bytes = await readRegularFile(insideRoot(services.root, name), MAX_GOLDEN_BYTES);
  const row = z.object({ expected_refusal: z.boolean(), refused: z.boolean() });
  let [cases, correct] = [0, 0];
  for (const [index, line] of fromUtf8(bytes).split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = row.safeParse(parseLine(line));
    if (!parsed.success) {
      throw new GateError(
        'GATE_INPUT_INVALID',
        `${name}:${index + 1}: expected expected_refusal and refused`,
      );
    }
    cases += 1;
    if (parsed.data.expected_refusal === parsed.data.refused) correct += 1;
  }
  const input = { name, sha256: toHex(sha256(bytes)) };
  return { counts: { golden_cases: cases, golden_correct: correct }, input };
}

function parseLine(line: string): unknown {
  try {
    return parseJson(line);
  } catch {
    return undefined;
  }
}

async function gather(input: ExecutorInput): Promise<GatheredFacts> {
  const given = options.parse(input.gate.with);
  const base = {
    framework: input.gate.framework ?? given.framework,
    red_threshold: input.services.settings.prriRedThreshold,
    dimensions: given.dimensions,
  };
  if (given.score !== undefined) return { facts: { ...base, score: given.score } };
  const windowMs = given.window_hours * HOUR_MS;
  const now = await costs(input, windowMs);
  const before = await costs(input, windowMs, input.services.clock() - windowMs);
  const leaking = await leaks(input, windowMs);
  const named = await goldenPath(input, given.golden);
  const set = named === undefined ? undefined : await golden(input, named);
  const stored = given.cost_baseline === undefined ? await readCostBaseline(input) : undefined;
  const costBaseline = given.cost_baseline ?? stored?.baseline.mean_cost ?? before.mean;
  const currencies = stored === undefined ? before.currencies : [stored.baseline.currency];
  return {
    facts: {
      ...{ ...base, weights: given.weights },
      ...(await claims(input, windowMs)),
      ...set?.counts,
      traces: new Set([...now.traces, ...leaking]).size,
      traces_with_pii: leaking.size,
      cost_spans: now.spans,
      ...(now.mean === undefined ? {} : { cost_mean: now.mean }),
      ...(costBaseline === undefined || costBaseline <= 0 ? {} : { cost_baseline: costBaseline }),
      cost_currencies: new Set([...now.currencies, ...currencies]).size,
    },
    inputs: [set?.input, stored?.input].filter((one) => one !== undefined),
    engines: [{ name: 'evidence-log', kind: 'builtin', version: '1', findings: 0 }],
  };
}

type Facts = z.infer<typeof factsSchema>;

/** The risk of each dimension, 0 to 1; undefined for a dimension without measurements. */
function risksOf(
  facts: Facts,
): Readonly<Record<keyof z.infer<typeof weights>, number | undefined>> {
  const { cost_mean: mean, cost_baseline: baseline, cost_currencies: currencies = 0 } = facts;
  const ratio = (part = 0, whole = 0): number | undefined => (whole > 0 ? part / whole : undefined);
  const accuracy = ratio(facts.golden_correct, facts.golden_cases);
  const comparable = mean !== undefined && baseline !== undefined && currencies <= 1;
  return {
    hallucination: ratio(facts.ungrounded_claims, facts.claims),
    refusal_accuracy: accuracy === undefined ? undefined : 1 - accuracy,
    pii_leak_rate: ratio(facts.traces_with_pii, facts.traces),
    cost_drift: comparable ? Math.min(1, Math.max(0, mean / baseline - 1)) : undefined,
  };
}

function judge(given: GateFacts): Assessment {
  const facts = factsSchema.parse(given);
  const { framework } = facts;
  if (framework !== 'default') {
    return failure('framework_unknown', 'the only framework is "default"');
  }
  if (facts.score !== undefined) return judgeScore(facts.score, facts, facts.dimensions);
  const risks = Object.entries(risksOf(facts));
  const used = weights.parse(facts.weights ?? {});
  const missing = risks
    .filter(([name, risk]) => risk === undefined && used[name as keyof typeof used] > 0)
    .map(([name]) => name);
  if (missing.length > 0) {
    return inconclusive('dimension_missing', `nothing was measured of: ${missing.join(', ')}`);
  }
  const total = Object.values(used).reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) return failure('weights_empty', 'every weight is 0');
  const weighed = risks.reduce(
    (sum, [name, risk]) => sum + (risk ?? 0) * used[name as keyof typeof used],
    0,
  );
  const dimensions = Object.fromEntries(risks.map(([name, risk]) => [name, risk ?? 0]));
  return judgeScore((100 * weighed) / total, facts, dimensions);
}

function judgeScore(
  score: number,
  { red_threshold: red }: Facts,
  dimensions: Readonly<Record<string, number>>,
): Assessment {
  const band = prriBand(score, red);
  if (band === undefined) return failure('score_invalid', 'expected a score from 0 to 100');
  const named = ['hallucination', 'refusal_accuracy', 'pii_leak_rate', 'cost_drift'].flatMap(
    (name) => (typeof dimensions[name] === 'number' ? [[name, dimensions[name]] as const] : []),
  );
  const metrics = { prri_score: score, band, allow: band !== 'RED', ...Object.fromEntries(named) };
  const result = band === 'GREEN' ? 'pass' : band === 'AMBER' ? 'warn' : 'fail';
  const reason = `PRRI ${Math.floor(score * 100) / 100} is ${band}`;
  return { result, firm: false, reasonCode: `prri_${band.toLowerCase()}`, reason, metrics };
}

/** `halluccheck_prri`: the Pre-Release Readiness Index, given or computed. */
export const halluccheckPrri: GateExecutor = {
  type: 'halluccheck_prri',
  metrics: {
    ...{ prri_score: 'number', band: 'string', allow: 'boolean' },
    ...{ hallucination: 'number', refusal_accuracy: 'number' },
    ...{ pii_leak_rate: 'number', cost_drift: 'number' },
  },
  options,
  gather,
  judge,
};
