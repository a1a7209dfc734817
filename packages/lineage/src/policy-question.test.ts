import type { EvidenceContext, PolicyDecider } from '@spanforge/core-events';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { expect, it } from 'vitest';
import { createLineage } from './lineage.js';

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
  const service = createLineage({ recorder: log, reader: log, policy: recording() });
  const { verdict } = await service.recordWithPolicy(
    { activity: 'copy', outputs: [{ id: 'a' }] },
    call,
  );
  const { records } = await log.query(decisions);
  expect(records.map(({ id }) => id)).toEqual([verdict?.decisionId]);
  expect(records[0]?.body).toMatchObject({ service: 'sf_lineage', control: 'lineage_capture' });
  expect(records[0]?.context).toEqual(CONTEXT);
  await service.record({ activity: 'copy', outputs: [{ id: 'a' }] }, call);
  expect((await log.query(decisions)).records).toHaveLength(1);
});

it('is staged with the rest of the call', async () => {
  const log = await openLog();
  const service = createLineage({ recorder: log, reader: log, policy: recording() });
  const stage = log.stage();
  await service.recordWithPolicy(
    { activity: 'copy', outputs: [{ id: 'a' }] },
    { ...call, recorder: stage },
  );
  expect((await log.query(decisions)).records).toHaveLength(0);
  await stage.commit();
  expect((await log.query(decisions)).records).toHaveLength(1);
});

it('is not asked where the policy has no say', async () => {
  const log = await openLog();
  const service = createLineage({ recorder: log, reader: log, policy: recording(false) });
  await service.recordWithPolicy({ activity: 'copy', outputs: [{ id: 'a' }] }, call);
  expect((await log.query(decisions)).records).toHaveLength(0);
});

it('is found by the decision that let it happen', async () => {
  const log = await openLog();
  const service = createLineage({ recorder: log, reader: log, policy: recording() });
  const { record } = await service.recordWithPolicy(
    { activity: 'copy', outputs: [{ id: 'a' }] },
    call,
  );
  const [decision] = (await log.query(decisions)).records;
  const found = await service.listForSubject(`decision:${decision?.id}`);
  expect(found.map(({ recordId }) => recordId)).toEqual([record.recordId]);
});

it('has no verdict where the policy fails, and is recorded all the same', async () => {
  const log = await openLog();
  const policy = { decide: () => Promise.reject(new Error('down')) };
  const service = createLineage({ recorder: log, reader: log, policy });
  const step = await service.recordWithPolicy({ activity: 'copy' }, call);
  expect(step.verdict).toBeUndefined();
  expect(await service.listForTrace('trace-1')).toHaveLength(1);
});
