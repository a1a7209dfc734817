import { createDiscloser, type RecordDraft } from '@spanforge/core-events';
import { policyDecisionV1, policyLifecycleV1 } from '@spanforge/core-events/records';
import { canonicalize, sha256, toHex } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { rederive, verify } from '../../verifier/verify.mjs';
import { contextOf, openTestLog, record } from '../test-log.js';
import { verifyPackage } from './verify-package.js';

const BUNDLE = canonicalize({
  policy_id: 'refunds',
  version: '1',
  environment: 'prod',
  owner: 'payments',
  effective_at: '2026-01-01T00:00:00Z',
  default: 'allow',
  rules: [
    {
      rule_id: 'large-refunds-never',
      service: 'sf_govern',
      control: 'tool_call',
      action: 'block',
      when: 'args.amount >= 1000 && agent.id != "treasurer"',
    },
  ],
});
const POLICY = { id: 'refunds', version: '1', digest: toHex(sha256(BUNDLE)) };

interface Decided {
  readonly amount: number;
  readonly change?: object;
  readonly code?: string;
}

/** A log with one decision; `change` is what somebody who can write a whole new log made of it. */
async function decided({ amount, change = {} }: Decided) {
  const test = await openTestLog();
  const context = contextOf('t');
  await record(test.log, {
    type: policyLifecycleV1.key,
    context: contextOf('admin'),
    body: policyLifecycleV1.toWire({
      step: 'loaded',
      policyId: POLICY.id,
      version: POLICY.version,
      environment: 'prod',
      digest: POLICY.digest,
      bundle: BUNDLE,
    }),
  });
  const disclose = createDiscloser();
  const args = disclose('args', { amount });
  const request = {
    service: 'sf_govern',
    control: 'tool_call',
    tool: 'payments.refund',
    agent: { id: context.agent },
    env: context.env,
    time: 1_780_000_000_000,
  };
  const asked = disclose('request', request);
  const verdict = rederive(BUNDLE, { ...request, args: { amount } });
  const { obligations: _none, ...said } = verdict;
  const draft: RecordDraft = {
    type: policyDecisionV1.key,
    context,
    policy: POLICY,
    disclosures: [asked, args],
    body: {
      service: request.service,
      control: request.control,
      tool: request.tool,
      ...said,
      values: { request: asked.digest, args: args.digest },
      ...change,
    },
  };
  await record(test.log, draft);
  return test;
}

describe('taking decisions again', () => {
  it('says same of what follows from its policy', async () => {
    for (const amount of [10, 5000]) {
      const { operator, trusted } = await decided({ amount });
      const pkg = await operator.exportPackage({ traceId: 't' }, { disclose: () => true });
      expect(await verifyPackage(pkg, { keys: trusted, rederive })).toMatchObject({
        verdict: 'valid',
        rederivation: { same: 1, different: 0, notRederivable: 0 },
      });
      expect(await verify(pkg, { keys: trusted })).toMatchObject({
        verdict: 'valid',
        rederivation: { same: 1, different: 0, not_rederivable: 0 },
      });
    }
  });

  it.each([
    ['outcome', { outcome: 'allow', rules: [], reason_code: 'default' }],
    ['reason', { reason: 'The customer was right.' }],
    ['tool', { tool: 'payments.read' }],
    ['outcome', { outcome: 'allow', rules: [], reason_code: 'state_unavailable' }],
  ])(
    'catches an altered %s in a log that was written anew and signed with the stolen key',
    async (part, change) => {
      const { operator, trusted } = await decided({ amount: 5000, change });
      const pkg = await operator.exportPackage({ traceId: 't' }, { disclose: () => true });
      const report = await verifyPackage(pkg, { keys: trusted, rederive });
      expect(report).toMatchObject({
        verdict: 'invalid',
        exitCode: 1,
        rederivation: { different: 1 },
        firstBad: { index: 2, reason: expect.stringContaining('decision_differs:') },
      });
      expect(report.firstBad?.reason).toContain(part);
      expect(await verify(pkg, { keys: trusted })).toMatchObject({ verdict: 'invalid' });
      expect((await verifyPackage(pkg, { keys: trusted })).verdict).toBe('valid');
    },
  );

  it('names what was withheld', async () => {
    const { operator, trusted } = await decided({ amount: 10 });
    const pkg = await operator.exportPackage(
      { traceId: 't' },
      { disclose: (_, name) => name !== 'args' },
    );
    const report = await verifyPackage(pkg, { keys: trusted, rederive });
    expect(report).toMatchObject({ verdict: 'valid', rederivation: { notRederivable: 1 } });
    expect(report.rederivation?.decisions).toEqual([
      expect.objectContaining({ index: 2, status: 'not_rederivable', missing: ['args'] }),
    ]);
  });
});
