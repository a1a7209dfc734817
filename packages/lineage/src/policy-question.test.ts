import type { EvidenceContext } from '@spanforge/core-events';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { aRecordingPolicy, policyQuestionContract } from '@spanforge/core-events/testing';
import { describe, expect, it } from 'vitest';
import { createLineage } from './lineage.js';

const STEP = { activity: 'copy', outputs: [{ id: 'a' }] };

policyQuestionContract({
  ...{ describe, it, expect, service: 'sf_lineage', control: 'lineage_capture' },
  heedsSay: true,
  hasMode: false,
  open({ log, policy }) {
    const lineage = createLineage({ recorder: log, reader: log, policy });
    return {
      ask: async (call) => (await lineage.recordWithPolicy(STEP, call)).verdict?.decisionId,
      decideAlone: (call) => lineage.record(STEP, call),
    };
  },
});

const CONTEXT: EvidenceContext = {
  ...{ tenant: 'acme', project: 'claims', env: 'prod', run: 'run-1', traceId: 'trace-1' },
  ...{ agent: 'claims-agent', actor: 'ann', source: 'test@1.0.0' },
};
const call = { context: CONTEXT };

const openLog = () =>
  openEvidenceLog({ store: createMemoryStore(), origin: 'a/b', writer: 't', hmac: false });

it('is found by the decision that let it happen', async () => {
  const log = await openLog();
  const service = createLineage({ recorder: log, reader: log, policy: aRecordingPolicy() });
  const { record, verdict } = await service.recordWithPolicy(STEP, call);
  const found = await service.listForSubject(`decision:${verdict?.decisionId}`);
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
