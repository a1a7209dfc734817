import { type PolicyDecider, readValues } from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { expect, test } from 'vitest';
import { createGovernor, type GovernorParts, govern } from '../index.js';
import { CALL, constant, decision, openLog, recordsOf } from '../testing/fixtures.js';

/** A policy that records what it decides, with the values it was given, as the policy service does. */
function recordingPolicy(about: readonly string[]): PolicyDecider {
  return {
    async decide({ service, control, disclosed = {} }, scope) {
      const values = Object.values(disclosed);
      const given = decision('allow');
      const { outcome, reason, reasonCode } = given;
      const body = policyDecisionV1.toWire({
        ...{ service, control, outcome, matched: true, rules: [], reason, reasonCode },
        values: Object.fromEntries(values.map(({ name, digest }) => [name, digest])),
      });
      const draft = { type: policyDecisionV1.key, body, disclosures: values };
      if (scope && about.includes(control)) {
        await scope.recorder.append([{ ...draft, context: scope.context }]);
      }
      return { ...given, matched: true, rules: [] };
    },
  };
}

/** The records of one call: which values each names, and which are stored with it. */
async function recordsOfCall(parts: Omit<GovernorParts, 'log'>) {
  const log = await openLog();
  const governor = createGovernor({ log, ...parts });
  const tool = govern((args: unknown) => args, { governor, name: 'pay' });
  expect(await tool({ card: '4111' }, CALL)).toMatchObject({ status: 'completed' });
  const records = await recordsOf(log);
  const told = records.map(async ({ type, body, index }) => ({
    type: type.replace(/^spanforge\.|\.v1$/g, ''),
    values: body.values as Record<string, string> | undefined,
    stored: (await log.disclosures(index)).map(({ name }) => name),
  }));
  return { log, records, told: await Promise.all(told) };
}

test('arguments are disclosed once and stored once, with the start; all decisions name them', async () => {
  const { told } = await recordsOfCall({ policy: recordingPolicy(['tool_call', 'tool_result']) });
  expect(told.map(({ type, stored }) => [type, stored])).toEqual([
    ['policy.decision', []],
    ['execution.started', ['args']],
    ['policy.decision', []],
    ['span', []],
    ['execution.ended', ['result']],
  ]);
  const named = told.flatMap(({ values }) => values?.args ?? []);
  expect(named).toHaveLength(3);
  expect(new Set(named).size).toBe(1);
});

test('of redacted arguments, also those that a decision about the result read are stored', async () => {
  const mask = [{ kind: 'redact', target: 'args', path: 'card' }] as const;
  const { log, records, told } = await recordsOfCall({
    scope: constant('redact', mask),
    policy: recordingPolicy(['tool_result']),
  });
  const at = told.findIndex(({ values }) => values?.args && values.result);
  const asked = records[at];
  if (asked === undefined) throw new Error('no decision about the result');
  const values = await readValues(log, [asked]);
  expect([...values.values()].map(({ name }) => name).sort()).toEqual(['args', 'result']);
});
