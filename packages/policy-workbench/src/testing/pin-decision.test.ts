import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createPolicy, PolicyError } from '@spanforge/policy';
import { describe, expect, it } from 'vitest';
import { parseCasesYaml } from './parse-cases.js';
import { pinDecision } from './pin-decision.js';
import { runCases } from './run-cases.js';
import { BUNDLE } from './test-suite.js';
import { formatCases } from './write-cases.js';

const CONTEXT = {
  tenant: 't',
  project: 'p',
  env: 'prod',
  run: 'r',
  traceId: 'trace-1',
  agent: 'a',
  actor: 'p',
  source: 'tests@1.0.0',
};

async function decided() {
  const log = await openEvidenceLog({
    store: createMemoryStore(),
    origin: 'tests',
    writer: 'tests',
    hmac: false,
  });
  const policy = createPolicy({ recorder: log, reader: log, context: CONTEXT });
  await policy.lifecycle.activate(BUNDLE);
  await policy.decide(
    {
      service: 'sf_govern',
      control: 'tool_call',
      tool: 'refund',
      args: { order: 'A', amount: 500, lines: [] },
      calls: [{ tool: 'look', args: { order: 'A' }, result: { paid: true } }],
      env: 'prod',
      time: Date.parse('2026-06-01T00:00:00Z'),
    },
    { recorder: log, context: CONTEXT },
  );
  const { records } = await log.query({ types: ['spanforge.policy.decision.v1'] });
  const [record] = records;
  if (record === undefined) throw new Error('nothing was recorded');
  return { record, disclosures: await log.disclosures(record.index), log };
}

describe('a pinned decision', () => {
  it('is a case that passes on the bundle that decided', async () => {
    const { record, disclosures } = await decided();
    const one = pinDecision(record, disclosures);
    expect(one).toMatchObject({
      name: `decision ${record.id}`,
      request: { tool: 'refund', facts: { order: { paid: true } } },
      expect: {
        outcome: 'human_review',
        triggered: ['large-waits'],
        obligations: [{ kind: 'redact', target: 'args', path: 'order' }],
        reasonCode: 'rule_triggered',
      },
    });
    const suite = { stages: 'as_written', cases: [one] } as const;
    expect(runCases(BUNDLE, suite)[0]?.differences).toEqual([]);
    expect(runCases(BUNDLE, parseCasesYaml(formatCases(suite)))[0]?.passed).toBe(true);
  });

  it('is refused where it cannot be known what was asked', async () => {
    const { record, disclosures, log } = await decided();
    const code = (act: () => unknown): unknown => {
      try {
        return act();
      } catch (error) {
        return PolicyError.is(error) && error.code;
      }
    };
    const altered = disclosures.map((one) => ({ ...one, encoded: `${one.encoded}A` }));
    const undecided = { ...record, body: { ...record.body, reason_code: 'state_unavailable' } };
    const [opened] = (await log.query({ limit: 1 })).records;
    for (const act of [
      () => pinDecision(record, []),
      () => pinDecision(record, altered),
      () => pinDecision(undecided, disclosures),
      () => pinDecision({ ...record, body: {} }, disclosures),
      () => opened && pinDecision(opened, disclosures),
    ]) {
      expect(code(act)).toBe('POLICY_DECISION_UNKNOWN');
    }
  });
});
