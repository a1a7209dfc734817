import {
  policyComparisonV1,
  policyReplayV1,
  policySimulationV1,
} from '@spanforge/core-events/records';
import { expect, it } from 'vitest';
import { decisionsOfLog } from './from-log.js';
import {
  recordReplay,
  recordRunsReplay,
  recordSimulation,
  type TrialScope,
} from './record-trial.js';
import { comparePolicies, replay } from './replay.js';
import { simulate } from './simulate.js';
import { bundleOf, CONTEXT, openTestLog, request } from './test-log.js';

it('replay, comparison and simulation are put on record with counts and digests', async () => {
  const { log, policy } = await openTestLog();
  const [bundle, candidate] = [
    bundleOf([{ action: 'allow' }]),
    bundleOf([{ action: 'block' }], { version: '2.0' }),
  ];
  await policy.lifecycle.activate(bundle);
  await (await policy.evaluate(request(), { context: CONTEXT })).receipts;
  const source = decisionsOfLog({ reader: log });
  const scope = (): TrialScope => ({
    ...{ recorder: log, context: { ...CONTEXT, traceId: 'trial' }, source: 'log' },
    ...{ inputSha256: source.inputDigest(), reportSha256: 'ab'.repeat(32) },
  });
  const first = await recordReplay(await replay(source, { candidate }), scope());
  await recordReplay(await comparePolicies(source, { candidate, baseline: bundle }), scope());
  await recordSimulation(await simulate(source, { candidate }), scope());

  const { records } = await log.query({ traceId: 'trial' });
  expect(records.map(({ type, mode, policy: by }) => [type, mode, by?.version])).toEqual([
    [policyComparisonV1.key, 'replay', '2.0'],
    [policyComparisonV1.key, 'replay', '2.0'],
    [policySimulationV1.key, 'simulate', '2.0'],
  ]);
  expect(records[0]).toMatchObject(first);
  const [replayed, compared, simulated] = records.map(({ body }) => body);
  const common = { source: 'log', decisions: 1, input_sha256: source.inputDigest() };
  expect(replayed).toMatchObject({ ...common, stricter: 1, outcomes_before: { allow: 1 } });
  expect(replayed).not.toHaveProperty('baseline_digest');
  expect(compared).toMatchObject({ ...common, baseline_digest: bundle.digest });
  expect(simulated).toMatchObject({ ...common, outcomes: { block: 1 } });
});

it('a replay of a runs file is put on record with counts and digests', async () => {
  const { log } = await openTestLog();
  const { policyId: id, version, digest } = bundleOf([{ action: 'allow' }]);
  const said = { runs: 2, calls: 3, outcomes: { allow: 3 }, indeterminate: 0, rules: { r: 1 } };
  const digests = { inputSha256: 'cd'.repeat(32), reportSha256: 'ab'.repeat(32) };
  const context = { ...CONTEXT, traceId: 'runs' };
  const policy = { id, version, digest };
  const first = await recordRunsReplay({ policy, ...said }, { recorder: log, context, ...digests });
  const { records } = await log.query({ traceId: 'runs' });
  expect(records[0]).toMatchObject({ ...first, type: policyReplayV1.key, mode: 'replay', policy });
  expect(records[0]?.body).toEqual({
    ...{ policy_digest: digest, input_sha256: digests.inputSha256 },
    ...{ report_sha256: digests.reportSha256, ...said },
  });
});
