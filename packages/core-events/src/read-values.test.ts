import { expect, test } from 'vitest';
import { createDiscloser } from './disclose.js';
import { openEvidenceLog } from './log/evidence-log.js';
import { createMemoryStore } from './log/memory-store.js';
import type { RecordDraft } from './ports.js';
import { readValues } from './read-values.js';
import { policyDecisionV1 } from './records/policy-decision-v1.js';

const disclose = createDiscloser();
const CONTEXT = {
  tenant: 'acme',
  project: 'support',
  env: 'test',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'bot',
  actor: 'alice',
  source: 'test@1.0.0',
};
const ARGS = disclose('args', { order: 'A-1' });
const RESULT = disclose('result', 'done');

function naming(values: readonly (typeof ARGS)[], traceId = 'trace-1'): RecordDraft {
  const body = policyDecisionV1.toWire({
    service: 'test',
    control: 'test',
    outcome: 'allow',
    matched: true,
    rules: [],
    reason: 'Decided.',
    reasonCode: 'allowed',
    values: Object.fromEntries(values.map(({ name, digest }) => [name, digest])),
  });
  const context = { ...CONTEXT, traceId };
  return { type: policyDecisionV1.key, context, body, disclosures: values };
}

const openLog = () =>
  openEvidenceLog({
    store: createMemoryStore(),
    origin: 'example.com/values',
    writer: 'test',
    hmac: false,
  });

test('a stage stores each value once, with the last record that attaches it', async () => {
  const log = await openLog();
  const stage = log.stage();
  await stage.append([naming([ARGS])]);
  await stage.append([naming([ARGS, RESULT])]);
  await stage.commit();
  const { records } = await log.query({ traceId: 'trace-1' });
  const stored = await Promise.all(records.map(({ index }) => log.disclosures(index)));
  expect(stored.map((values) => values.map(({ name }) => name))).toEqual([[], ['args', 'result']]);
  expect([...(await readValues(log, records.slice(0, 1))).keys()]).toContain(ARGS.digest);
});

test('a later stage names a stored value and stores only what is new', async () => {
  const log = await openLog();
  await log.append([naming([ARGS])]);
  const stage = log.stage({ stored: [ARGS] });
  await stage.append([naming([ARGS, RESULT])]);
  await stage.commit();
  const { records } = await log.query({ traceId: 'trace-1' });
  const last = records.slice(-1);
  expect((await log.disclosures(last[0]?.index ?? -1)).map(({ name }) => name)).toEqual(['result']);
  const values = await readValues(log, last);
  expect([values.get(ARGS.digest), values.get(RESULT.digest)]).toEqual([ARGS, RESULT]);
});

test('a value of another trace, an erased one and a forged one are missing', async () => {
  const log = await openLog();
  await log.append([naming([ARGS], 'trace-2')]);
  const stage = log.stage({ stored: [ARGS, RESULT] });
  await stage.append([naming([ARGS, RESULT])]);
  await stage.commit();
  const { records } = await log.query({ traceId: 'trace-1' });
  expect((await readValues(log, records)).size).toBe(0);
  const forging = { ...log, disclosures: async () => [{ ...ARGS, digest: RESULT.digest }] };
  expect((await readValues(forging, records)).size).toBe(0);
});
