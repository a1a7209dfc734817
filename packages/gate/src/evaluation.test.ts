import type { PolicyDecider, PolicyVerdict } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { createGate } from './gate.js';
import { calibrateResults } from './promotion/calibrate.js';
import { readResults } from './promotion/read-results.js';
import { createSeededRandom } from './statistics/random.js';
import { useFolder } from './testing/folder.js';

const folder = useFolder();
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const decider = (outcome: PolicyVerdict['outcome']): PolicyDecider => ({
  decide: () =>
    Promise.resolve({
      outcome,
      obligations: [],
      reason: 'r',
      reasonCode: 'c',
      matched: true,
      rules: [],
    }),
});
const cases = (count: number, passes: (at: number) => boolean, latency = 100) =>
  Array.from({ length: count }, (_, at) => ({
    ...{
      case_id: `c${at}`,
      passed: passes(at),
      latency_ms: latency + (at % 7),
      cost: 0.001,
      tokens: 100,
    },
    ...{ user_id: 'u1', scope: 'customer_data' },
  }));

async function promote(more: object, policy: PolicyDecider | undefined = decider('allow')) {
  const gate = createGate({ root: folder.root, ...(policy === undefined ? {} : { policy }) });
  const artifact = await gate.evaluate('eval_promotion', undefined, {
    with: { results: 'candidate.jsonl', ...more },
  });
  return [artifact.verdict, artifact.reason.length > 0 ? artifact.reasonCode : ''];
}

describe('eval_promotion', () => {
  it('passes on a policy that allows, thresholds that hold and enough cases that vary', async () => {
    folder.write('candidate.jsonl', lines(cases(200, () => true)));
    folder.write('baseline.jsonl', lines(cases(200, () => true)));
    expect(await promote({})).toEqual(['PASS', 'thresholds_met']);
    expect(await promote({ baseline: 'baseline.jsonl' })).toEqual(['PASS', 'not_worse']);
    expect(await promote({ baseline: 'baseline.jsonl', design: 'sequential' })).toEqual([
      'PASS',
      'not_worse',
    ]);
    expect(await promote({}, decider('allow+log'))).toEqual(['PASS', 'thresholds_met']);
  });

  it.each(['redact', 'human_review', 'block'] as const)(
    'fails where the policy says %s',
    async (outcome) => {
      folder.write('candidate.jsonl', lines(cases(200, () => true)));
      expect(await promote({}, decider(outcome))).toEqual(['FAIL', 'governance_refused']);
    },
  );

  it('never passes without cases, with too few, without variance, without a policy or a baseline case', async () => {
    folder.write('candidate.jsonl', '');
    expect((await promote({}))[0]).toBe('INCONCLUSIVE');
    folder.write('candidate.jsonl', lines(cases(10, () => true)));
    expect(await promote({})).toEqual(['INCONCLUSIVE', 'too_few_cases']);
    folder.write(
      'candidate.jsonl',
      lines(cases(50, () => true).map((one) => ({ ...one, latency_ms: 1 }))),
    );
    expect(await promote({})).toEqual(['INCONCLUSIVE', 'zero_variance']);
    folder.write('candidate.jsonl', lines(cases(50, () => true)));
    const bare = createGate({ root: folder.root });
    expect(
      (await bare.evaluate('eval_promotion', undefined, { with: { results: 'candidate.jsonl' } }))
        .verdict,
    ).toBe('FAIL');
    folder.write('baseline.jsonl', lines(cases(49, () => true)));
    expect(await promote({ baseline: 'baseline.jsonl' })).toEqual(['INCONCLUSIVE', 'unpaired']);
  });

  it('never passes a golden set of which no case passes, with a baseline or without', async () => {
    for (const file of ['candidate.jsonl', 'baseline.jsonl'])
      folder.write(file, lines(cases(200, () => false)));
    expect(await promote({})).toEqual(['FAIL', 'no_case_passes']);
    expect(await promote({ baseline: 'baseline.jsonl' })).toEqual(['FAIL', 'no_case_passes']);
  });

  it.each(['latency_ms', 'cost', 'tokens'])('never passes where a run has no %s', async (name) => {
    const rows = cases(200, () => true);
    const without = rows.map((row, at) => (at === 7 ? { ...row, [name]: -1 } : row));
    folder.write('candidate.jsonl', lines(without));
    expect(await promote({})).toEqual(['INCONCLUSIVE', 'not_measured']);
  });

  it('passes the results of tools that do not say what a run cost, where the pipeline asks nothing', async () => {
    const samples = cases(200, () => true).map((row) => ({
      id: row.case_id,
      scores: { match: { value: 'C' } },
      total_time: row.latency_ms / 1000,
      model_usage: { m: { total_tokens: row.tokens } },
      metadata: { user_id: 'u1' },
    }));
    folder.write('inspect.json', JSON.stringify({ samples }));
    const testCases = samples.map(({ id, total_time: runDuration }) => {
      return { name: id, success: true, runDuration, additionalMetadata: { user_id: 'u1' } };
    });
    folder.write('deepeval.json', JSON.stringify({ testCases }));
    for (const results of ['inspect.json', 'deepeval.json']) {
      expect(await promote({ results })).toEqual(['INCONCLUSIVE', 'not_measured']);
      const thresholds = { cost_per_1000_tokens: null };
      expect(await promote({ results, thresholds })).toEqual(['PASS', 'thresholds_met']);
    }
  });

  it('fails what is worse, misses a threshold, or says so where it cannot tell', async () => {
    folder.write('baseline.jsonl', lines(cases(200, () => true)));
    folder.write('candidate.jsonl', lines(cases(200, (at) => at % 10 !== 0)));
    expect(await promote({ baseline: 'baseline.jsonl' })).toEqual(['FAIL', 'worse_than_baseline']);
    folder.write('candidate.jsonl', lines(cases(200, () => true, 3000)));
    expect(await promote({})).toEqual(['FAIL', 'thresholds_missed']);
    folder.write('baseline.jsonl', lines(cases(40, () => true)));
    folder.write('candidate.jsonl', lines(cases(40, () => true)));
    expect(await promote({ baseline: 'baseline.jsonl' })).toEqual(['INCONCLUSIVE', 'undecided']);
  });

  it('reads promptfoo, inspect_ai and deepeval', () => {
    const read = (value: object) => readResults(Buffer.from(JSON.stringify(value)), 'r.json');
    expect(
      read({
        results: {
          results: [
            {
              testIdx: 3,
              success: true,
              latencyMs: 5,
              cost: 0.1,
              response: { tokenUsage: { total: 9 } },
            },
          ],
        },
      }),
    ).toMatchObject([{ caseId: '3', passed: true, latencyMs: 5, tokens: 9 }]);
    expect(
      read({
        samples: [
          { id: 's', scores: { match: { value: 'C' } }, total_time: 2 },
          { id: 't', scores: {} },
        ],
      }),
    ).toMatchObject([
      { caseId: 's', passed: true, latencyMs: 2000 },
      { caseId: 't', passed: false },
    ]);
    expect(read({ testCases: [{ name: 'n', success: false, runDuration: 1 }] })).toMatchObject([
      { caseId: 'n', passed: false, latencyMs: 1000 },
    ]);
    expect(() => read({ other: 1 })).toThrow();
  });

  it('calibrates: a baseline against itself hardly ever fails', () => {
    const random = createSeededRandom(7);
    const results = cases(100, () => random() < 0.8).flatMap((one) => [
      { caseId: one.case_id, passed: one.passed, error: false },
      { caseId: one.case_id, passed: random() < 0.8, error: false },
    ]);
    const found = calibrateResults(results, { alpha: 0.05, margin: 0.05, rounds: 300 });
    expect(found.once.fail).toBeLessThanOrEqual(0.06);
    expect(found.sequential.fail).toBeLessThanOrEqual(0.05);
    expect(found.falsePass.sequential).toBeLessThanOrEqual(0.05);
  });
});

describe('golden_drift', () => {
  const rows = (seed: number, shift: number, count = 300) => {
    const random = createSeededRandom(seed);
    return Array.from({ length: count }, (_, at) => ({
      session_id: `s${at >> 1}`,
      length: 100 * random() + shift,
      topic: random() < 0.5 ? 'a' : 'b',
    }));
  };
  const compare = async (production: readonly object[]) => {
    folder.write('golden.jsonl', lines(rows(1, 0)));
    folder.write('production.jsonl', lines(production));
    const gate = createGate({ root: folder.root });
    const { verdict, metrics, reasonCode } = await gate.evaluate('golden_drift', undefined, {
      with: { golden: 'golden.jsonl', production: 'production.jsonl', permutations: 199 },
    });
    return { verdict, reasonCode, fields: metrics.drifted_fields };
  };
  it('names what moved, and nothing where nothing did', async () => {
    expect(await compare(rows(2, 0))).toEqual({
      verdict: 'PASS',
      reasonCode: 'no_drift',
      fields: [],
    });
    expect(await compare(rows(2, 60))).toEqual({
      verdict: 'FAIL',
      reasonCode: 'drift',
      fields: ['length'],
    });
    expect(await compare([])).toMatchObject({ verdict: 'INCONCLUSIVE', reasonCode: 'no_rows' });
    expect(await compare(rows(2, 60, 30))).toMatchObject({
      verdict: 'INCONCLUSIVE',
      reasonCode: 'too_few_rows',
    });
  });
});
