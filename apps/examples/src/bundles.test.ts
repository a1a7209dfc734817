import { readFileSync } from 'node:fs';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { compileBundle } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { draftPolicy } from '@spanforge/policy-workbench/draft';
import {
  coverCases,
  parseCasesYaml,
  runCases,
  testMutants,
} from '@spanforge/policy-workbench/testing';
import { createScope } from '@spanforge/scope';
import { loadManifestFromYaml } from '@spanforge/scope/yaml';
import { describe, expect, it } from 'vitest';

const read = (name: string): string =>
  readFileSync(new URL(`../bundles/${name}`, import.meta.url), 'utf8');

describe('the bundle of refunds', () => {
  const bundle = parseBundleYaml(read('refunds.yaml'));
  const cases = parseCasesYaml(read('refunds.cases.yaml'));

  it('passes its cases', () => {
    expect(runCases(bundle, cases).filter(({ passed }) => !passed)).toEqual([]);
  });

  it('has cases that trigger every rule, on every side of every number', () => {
    const { rules, numbers, targets } = coverCases(bundle, cases);
    expect(rules.map(({ status }) => status)).toEqual(['triggered', 'triggered', 'triggered']);
    for (const { below, at, above } of numbers) {
      expect([below > 0, at > 0, above > 0]).toEqual([true, true, true]);
    }
    expect(targets.every(({ met, notMet }) => met > 0 && notMet > 0)).toBe(true);
  });

  it('has cases that notice every change that makes a difference', () => {
    expect(testMutants(bundle, cases)).toMatchObject({ score: 1, survivors: [] });
  });
});

describe('a draft', () => {
  const runs = Array.from({ length: 6 }, (_run, at) => ({
    id: `run-${at}`,
    calls: [
      { name: 'look_up_order', args: { order: `A-${at}` }, result: { paid: 20 } },
      { name: 'refund', args: { order: `A-${at}`, amount: 10 + at } },
    ],
  }));
  const draft = draftPolicy({
    runs,
    agentId: 'helpdesk',
    effectiveAt: '2026-01-01T00:00:00Z',
    shadowUntil: '2026-04-01T00:00:00Z',
  });

  it('has a manifest that scope grants by: what was seen, and nothing else', async () => {
    const log = await openEvidenceLog({
      store: createMemoryStore(),
      origin: 'shop.example/evidence',
      writer: 'tests',
      hmac: false,
    });
    const context = {
      tenant: 'shop',
      project: 'support',
      env: 'prod',
      run: 'r',
      traceId: 't',
      agent: 'helpdesk',
      actor: 'alice',
      source: 'tests@1.0.0',
    };
    const scope = createScope({ recorder: log, reader: log });
    await scope.registerAgent(loadManifestFromYaml(draft.manifest), { context });
    const outcomeOf = async (resource: string, action: string): Promise<string> =>
      (await scope.evaluate({ agentId: 'helpdesk', resource, action }, { context })).outcome;
    expect([
      await outcomeOf('look_up_order', 'read'),
      await outcomeOf('refund', 'write'),
      await outcomeOf('look_up_order', 'write'),
      await outcomeOf('delete_order', 'write'),
    ]).toEqual(['allow', 'allow', 'block', 'block']);
    await log.close();
  });

  it('has a bundle that only reports', () => {
    const bundle = parseBundleYaml(draft.bundle);
    const { outcome, rules } = compileBundle(bundle).decide({
      service: 'sf_govern',
      control: 'tool_call',
      tool: 'refund',
      args: { order: 'B-1', amount: 5000 },
      calls: [],
      time: bundle.effectiveAtMs,
    });
    expect(outcome).toBe('allow');
    expect(rules.map(({ ruleId, finding }) => [ruleId, finding])).toEqual([
      ['refund.amount.range', 'shadow'],
      ['refund.order.known', 'shadow'],
    ]);
  });
});
