import type { EvidenceContext, PolicyDecider } from '@spanforge/core-events';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { expect, it } from 'vitest';
import { createValidate } from './validate.js';

const CONTEXT: EvidenceContext = {
  ...{ tenant: 'acme', project: 'claims', env: 'prod', run: 'run-1', traceId: 'trace-1' },
  ...{ agent: 'claims-agent', actor: 'ann', source: 'test@1.0.0' },
};
const call = { context: CONTEXT };

/** Records its decision through the scope it is given, as a policy does. */
function recording(hasSay?: boolean): PolicyDecider {
  const said = { outcome: 'allow+log', matched: true, reason: 'r', reasonCode: 'c' } as const;
  const policy = { id: 'p', version: '1', digest: '01'.repeat(32) };
  return {
    ...(hasSay === undefined ? {} : { hasSay: () => hasSay }),
    async decide({ service, control }, scope) {
      const answer = { ...said, obligations: [], rules: [], policy };
      const body = policyDecisionV1.toWire({ service, control, ...said, rules: [] });
      const draft = { type: policyDecisionV1.key, context: scope?.context ?? CONTEXT, body };
      const decisionId = (await scope?.recorder.append([draft]))?.ids[0];
      return decisionId === undefined ? answer : { ...answer, decisionId };
    },
  };
}

const openLog = () =>
  openEvidenceLog({ store: createMemoryStore(), origin: 'a/b', writer: 't', hmac: false });
const decisions = { types: [policyDecisionV1.key] };

it('one question is one recorded decision, and the answer names it', async () => {
  const log = await openLog();
  const service = createValidate({ recorder: log, reader: log, policy: recording() });
  const result = await service.validateOutputWithPolicy({ output: 'fine', confidence: 0.9 }, call);
  const { records } = await log.query(decisions);
  expect(records.map(({ id }) => id)).toEqual([result.policyDecisionId]);
  expect(records[0]?.body).toMatchObject({ service: 'sf_validate', control: 'output_validation' });
  expect(records[0]?.context).toEqual(CONTEXT);
  await service.validateOutput({ output: 'fine', confidence: 0.9 }, call);
  expect((await log.query(decisions)).records).toHaveLength(1);
});

it('is staged with the rest of the call', async () => {
  const log = await openLog();
  const service = createValidate({ recorder: log, reader: log, policy: recording() });
  const stage = log.stage();
  await service.validateOutputWithPolicy(
    { output: 'fine', confidence: 0.9 },
    { ...call, recorder: stage },
  );
  expect((await log.query(decisions)).records).toHaveLength(0);
  await stage.commit();
  expect((await log.query(decisions)).records).toHaveLength(1);
});

it('is not asked where the policy has no say', async () => {
  const log = await openLog();
  const service = createValidate({ recorder: log, reader: log, policy: recording(false) });
  await service.validateOutputWithPolicy({ output: 'fine', confidence: 0.9 }, call);
  expect((await log.query(decisions)).records).toHaveLength(0);
});

it('is recorded in the mode of the call', async () => {
  const log = await openLog();
  const service = createValidate({ recorder: log, reader: log, policy: recording() });
  await service.validateOutputWithPolicy(
    { output: 'fine', confidence: 0.9 },
    { ...call, mode: 'shadow' },
  );
  const { records } = await log.query(decisions);
  expect(records.map(({ mode }) => mode)).toEqual(['shadow']);
});
