import type { EvidenceRecord } from '@spanforge/core-events';
import { createDiscloser, type EvidenceReader, readValues } from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { openDisclosure } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { openRecordedRequest } from './recorded-request.js';
import { aBundle, context, pay, setUp } from './test-policy.js';

const disclose = createDiscloser();
const args = disclose('args', { amount: 5000, note: 'canary' });
const result = disclose('result', { paid: true });

async function read(reader: EvidenceReader, record: EvidenceRecord | undefined) {
  if (record === undefined) throw new Error('nothing was recorded');
  const values = policyDecisionV1.fromWire(record.body).values;
  const stored = await readValues(reader, [record]);
  return openRecordedRequest(values, (_, digest) => stored.get(digest));
}

describe('a request that comes with its values disclosed', () => {
  it('is decided on them and names them by digest; they are not in its own value', async () => {
    const { policy, log, ofType } = await setUp();
    await policy.lifecycle.activate(aBundle());
    // What is given beside does not count: the record must not say another thing than was decided.
    const asked = pay(1, { disclosed: { args, result }, facts: { seen: 3 } });
    const { verdict, receipts } = await policy.evaluate(asked, { context });
    await receipts;
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'rule_triggered' });
    const [record] = await ofType('spanforge.policy.decision.v1');
    expect(record?.body.values).toMatchObject({ args: args.digest, result: result.digest });
    const stored = await log.disclosures(record?.index ?? -1);
    const request = stored.find(({ name }) => name === 'request');
    expect(openDisclosure(request?.encoded ?? '').value).not.toHaveProperty('args');
    expect(openDisclosure(request?.encoded ?? '').value).toMatchObject({ facts: { seen: 3 } });
    expect(await read(log, record)).toMatchObject({
      request: {
        args: { amount: 5000, note: 'canary' },
        facts: { seen: 3, result: { paid: true } },
      },
    });
  });

  it('stores them once, whatever else of the trace names them', async () => {
    const { policy, log, ofType } = await setUp();
    await policy.lifecycle.activate(aBundle());
    const stage = log.stage();
    const asked = pay(1, { disclosed: { args } });
    await policy.decide({ ...asked, time: 1 }, { recorder: stage, context });
    await policy.decide({ ...asked, time: 1 }, { recorder: stage, context });
    await (await stage.commit()).receipts;
    const records = await ofType('spanforge.policy.decision.v1');
    const stored = await Promise.all(records.map(({ index }) => log.disclosures(index)));
    const texts = stored.flat().map(({ encoded }) => JSON.stringify(openDisclosure(encoded).value));
    expect(texts.filter((text) => text.includes('canary'))).toHaveLength(1);
    for (const record of records) {
      expect(await read(log, record)).toMatchObject({ request: { args: { note: 'canary' } } });
    }
  });

  it('keeps a result that was read as something else than it came as', async () => {
    const { policy, log, ofType } = await setUp();
    const tools = { pay: { effect: 'write', result: { type: 'object' } } };
    await policy.lifecycle.activate(aBundle({ tools }, { control: 'tool_result', when: 'true' }));
    const text = disclose('result', '{"paid":true}');
    const asked = pay(1, { control: 'tool_result', disclosed: { args, result: text } });
    await (await policy.evaluate(asked, { context })).receipts;
    const [record] = await ofType('spanforge.policy.decision.v1');
    expect(record?.body.values).toMatchObject({ result: text.digest });
    expect(await read(log, record)).toMatchObject({
      request: { facts: { result: { paid: true } } },
    });
  });

  it.each([
    ['another name', { args: result }],
    ['another digest', { args: { ...args, digest: result.digest } }],
  ])('is blocked where one has %s', async (_, disclosed) => {
    const { policy } = await setUp();
    await policy.lifecycle.activate(aBundle());
    const { verdict } = await policy.evaluate(pay(1, { disclosed }), { context });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'request_unreadable' });
  });
});

describe('what a record commits to', () => {
  it('is read where it is all in the request, as records were written before', async () => {
    const { policy, log, ofType } = await setUp();
    await policy.lifecycle.activate(aBundle());
    await (await policy.evaluate(pay(7), { context })).receipts;
    const [record] = await ofType('spanforge.policy.decision.v1');
    expect(Object.keys(record?.body.values as object)).toEqual(['request']);
    expect(await read(log, record)).toMatchObject({ request: { args: { amount: 7 } } });
  });

  it('is lost by the name of what is lost', () => {
    const request = disclose('request', { service: 's' });
    const values = { request: request.digest, args: args.digest };
    const among = (all: readonly (typeof args)[]) => (name: string) =>
      all.find((one) => one.name === name);
    expect(openRecordedRequest(undefined, among([]))).toEqual({
      reason: 'not_recorded',
      missing: 'request',
    });
    expect(openRecordedRequest(values, among([request]))).toEqual({
      reason: 'withheld',
      missing: 'args',
    });
    const other = disclose('args', { amount: 1 });
    expect(openRecordedRequest(values, among([request, other]))).toEqual({
      reason: 'altered',
      missing: 'args',
    });
  });
});
