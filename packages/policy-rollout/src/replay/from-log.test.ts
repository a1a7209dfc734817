import {
  createDiscloser,
  type Disclosure,
  type EvidenceReader,
  type RecordDraft,
} from '@spanforge/core-events';
import {
  executionEndedV1,
  executionStartedV1,
  policyDecisionV1,
} from '@spanforge/core-events/records';
import { describe, expect, it } from 'vitest';
import { decisionsOfLog } from './from-log.js';
import { replay } from './replay.js';
import { bundleOf, CONTEXT, collect, openTestLog, request } from './test-log.js';

const LIMIT = { when: 'args.amount > 100', action: 'block' };

async function decided() {
  const { log, policy } = await openTestLog();
  const bundle = bundleOf([LIMIT]);
  await policy.lifecycle.activate(bundle);
  for (const amount of [50, 500]) {
    const { receipts } = await policy.evaluate(request({ args: { amount } }), { context: CONTEXT });
    await receipts;
  }
  return { log, policy, bundle };
}

/** The log with other disclosures. */
const disclosing = (
  log: EvidenceReader,
  change: (disclosed: readonly Disclosure[]) => readonly Disclosure[],
): EvidenceReader => ({
  size: () => log.size(),
  query: (query) => log.query(query),
  disclosures: async (index) => change(await log.disclosures(index)),
});

describe('decisions of a log', () => {
  it('are read with what was asked and decided, in order', async () => {
    const { log, bundle } = await decided();
    const source = decisionsOfLog({ reader: log });
    const read = await collect(source);
    expect(read).toMatchObject([
      { tenant: 'acme', traceId: 'trace-1', tool: 'pay', request: { args: { amount: 50 } } },
      { before: { outcome: 'block', digest: bundle.digest, rules: [{ ruleId: 'r0' }] } },
    ]);
    const digest = source.inputDigest();
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    await collect(source);
    expect(source.inputDigest()).toBe(digest);
  });

  it('are the same where disclosures are read together, also a value that another record holds', async () => {
    const { log, policy } = await decided();
    const discloser = createDiscloser();
    const shared = discloser('args', { amount: 700 });
    const context = { ...CONTEXT, traceId: 'shared' };
    await log.append([
      {
        type: executionStartedV1.key,
        context,
        body: executionStartedV1.toWire({
          callId: 'c',
          tool: 'pay',
          effect: 'write',
          mode: 'enforce',
          outcome: 'allow',
          decisions: [],
          values: { args: shared.digest },
        }),
        disclosures: [shared],
      },
    ]);
    const asked = request({ args: { amount: 700 }, disclosed: { args: shared } });
    await (await policy.evaluate(asked, { context })).receipts;
    let calls = 0;
    const together: EvidenceReader = {
      ...log,
      disclosuresOf: (indexes) => {
        calls += 1;
        return Promise.all(indexes.map((index) => log.disclosures(index)));
      },
    };
    const one = await collect(decisionsOfLog({ reader: log }));
    const other = await collect(decisionsOfLog({ reader: together }));
    const said = (read: typeof one) => read.map(({ history: _, ...rest }) => rest);
    expect(said(other)).toEqual(said(one));
    expect(one.at(-1)).toMatchObject({ request: { args: { amount: 700 } } });
    expect(calls).toBe(1);
  });

  it('are read many at a time, however many there are', async () => {
    const { log, policy } = await openTestLog();
    await policy.lifecycle.activate(bundleOf([LIMIT]));
    for (let at = 0; at < 600; at += 1) {
      const context = { ...CONTEXT, traceId: `trace-${at}` };
      await (await policy.evaluate(request({ args: { amount: at } }), { context })).receipts;
    }
    const asked = { query: 0, disclosures: 0, disclosuresOf: 0 };
    const reader: EvidenceReader = {
      size: () => log.size(),
      query: (query) => {
        asked.query += 1;
        return log.query(query);
      },
      disclosures: (index) => {
        asked.disclosures += 1;
        return log.disclosures(index);
      },
      disclosuresOf: (indexes) => {
        asked.disclosuresOf += 1;
        return Promise.all(indexes.map((index) => log.disclosures(index)));
      },
    };
    expect(await collect(decisionsOfLog({ reader }))).toHaveLength(600);
    // Pages of 256: the first as a group of 224 and the rest, the others whole, while what they disclose is small.
    expect(asked).toEqual({ query: 3, disclosures: 0, disclosuresOf: 4 });
  });

  it('end where the log ended when it was asked, and may be read by tenant, trace and time', async () => {
    const { log, policy } = await decided();
    const reading = decisionsOfLog({ reader: log })[Symbol.asyncIterator]();
    await reading.next();
    const later = await policy.evaluate(request(), { context: { ...CONTEXT, traceId: 'later' } });
    await later.receipts;
    expect((await reading.next()).done).toBe(false);
    expect((await reading.next()).done).toBe(true);
    const count = async (filter: object) =>
      (await collect(decisionsOfLog({ reader: log, ...filter }))).length;
    expect(await count({})).toBe(3);
    expect(await count({ traceId: 'later' })).toBe(1);
    expect(await count({ tenant: 'other' })).toBe(0);
    expect(await count({ fromTimeMs: 9e15 })).toBe(0);
  });

  it.each([
    ['withheld', () => []],
    ['altered', ([one]: readonly Disclosure[]) => [{ ...one, encoded: `${one?.encoded}A` }]],
    ['altered', () => [createDiscloser()('request', request({ args: { amount: 1 } }))]],
  ] as const)('that cannot be known are %s, not guessed', async (reason, change) => {
    const { log, bundle } = await decided();
    const reader = disclosing(log, change as never);
    const report = await replay(decisionsOfLog({ reader }), { candidate: bundle });
    expect(report.counts).toEqual({ same: 0, stricter: 0, looser: 0, not_replayable: 2 });
    expect(report.reasons).toEqual({ [reason]: 2 });
    expect(report.differences[1]).toMatchObject({
      verdict: 'not_replayable',
      before: { outcome: 'block' },
      missing: { reason, missing: ['request'] },
    });
    expect(report.differences[1]).not.toHaveProperty('after');
  });

  it('that no policy took, or whose request is no request, are told apart', async () => {
    const { log, policy, bundle } = await decided();
    const unreadable = { ...request(), args: new Map() };
    await (await policy.evaluate(unreadable, { context: CONTEXT })).receipts;
    const elsewhere = request({ env: 'test' });
    await (await policy.evaluate(elsewhere, { context: CONTEXT })).receipts;
    const odd = createDiscloser()('request', { no: 'request' });
    const body = policyDecisionV1.toWire({
      service: 'sf_govern',
      control: 'tool_call',
      outcome: 'allow',
      matched: true,
      rules: [],
      reason: 'r',
      reasonCode: 'c',
      values: { request: odd.digest },
    });
    const draft: RecordDraft = { type: policyDecisionV1.key, context: CONTEXT, body };
    await (await log.append([{ ...draft, disclosures: [odd] }])).receipts;
    await (await log.append([{ ...draft, mode: 'replay', disclosures: [odd] }])).receipts;
    const report = await replay(decisionsOfLog({ reader: log }), { candidate: bundle });
    expect(report.counts).toMatchObject({ same: 2, not_replayable: 3 });
    expect(report.reasons).toEqual({ not_decided: 2, unreadable: 1 });
  });

  it('of another environment or an unknown control are not taken again', async () => {
    const { log, policy } = await openTestLog();
    const own = request({ service: 'own', control: 'check' });
    for (const asked of [request(), own]) {
      await (await policy.evaluate(asked, { context: CONTEXT })).receipts;
    }
    const source = decisionsOfLog({ reader: log });
    const candidate = bundleOf([LIMIT], { environment: 'test' });
    const reasons = async (options: object) =>
      (await replay(source, { candidate, ...options })).reasons;
    expect(await reasons({})).toEqual({ other_environment: 1, unknown_control: 1 });
    expect(await reasons({ anyEnvironment: true })).toEqual({ unknown_control: 1 });
    const controls = [{ service: 'own', control: 'check' }];
    expect(await reasons({ anyEnvironment: true, controls })).toEqual({});
  });
});

describe('the calls of a trace', () => {
  const disclose = createDiscloser();
  const place = { type: 'x', context: CONTEXT } as const;

  function started(callId: string, args: unknown): RecordDraft {
    const value = disclose('args', args);
    const body = executionStartedV1.toWire({
      callId,
      tool: 'find',
      effect: 'read',
      mode: 'enforce',
      outcome: 'allow',
      decisions: [],
      values: { args: value.digest },
    });
    return { ...place, type: executionStartedV1.key, body, disclosures: [value] };
  }

  function ended(
    callId: string,
    startedId: string | undefined,
    result: unknown,
    more: object = {},
  ): RecordDraft {
    const value = disclose('result', result);
    const body = executionEndedV1.toWire({
      callId,
      tool: 'find',
      status: 'completed',
      executed: true,
      outcome: 'allow',
      reason: 'r',
      reasonCode: 'c',
      decisions: [],
      ...(startedId === undefined ? {} : { startedId }),
      values: { result: value.digest },
      ...more,
    } as never);
    return { ...place, type: executionEndedV1.key, body, disclosures: [value] };
  }

  it('are rebuilt from what was recorded before the decision, released calls alone', async () => {
    const { log, policy } = await openTestLog();
    const append = async (draft: RecordDraft) => (await log.append([draft])).ids[0];
    const first = await append(started('1', { id: 1 }));
    const second = await append(started('2', { id: 2 }));
    await append(ended('2', second, 'two'));
    await append(ended('1', first, 'one'));
    await append(ended('3', first, 'hidden', { status: 'withheld' }));
    await append(ended('4', undefined, 'whose?'));
    await append({ ...ended('5', first, 'tried'), mode: 'simulate' });
    await (await policy.evaluate(request(), { context: CONTEXT })).receipts;
    await append(ended('6', first, 'late'));
    const [decision] = await collect(decisionsOfLog({ reader: log }));
    expect(await decision?.history?.calls()).toMatchObject([
      { tool: 'find', call: { args: { id: 2 }, result: 'two' } },
      { tool: 'find', call: { args: { id: 1 }, result: 'one' } },
      { tool: 'find', lost: 'args' },
    ]);
    const withheld = disclosing(log, (all) => all.filter(({ name }) => name !== 'result'));
    const [blind] = await collect(decisionsOfLog({ reader: withheld }));
    const calls = await blind?.history?.calls();
    expect(calls?.map(({ lost }) => lost)).toEqual(['result', 'result', 'result']);
  });

  it('come with the bundles of the log', async () => {
    const { log, policy } = await openTestLog();
    const long = bundleOf([LIMIT], {
      tools: { pay: { effect: 'write' } },
      metadata: { text: 'é'.repeat(40_000) },
    });
    await policy.lifecycle.activate(long);
    await (await policy.evaluate(request(), { context: CONTEXT })).receipts;
    const [decision] = await collect(decisionsOfLog({ reader: log }));
    expect(await decision?.history?.bundle(long.digest)).toMatchObject({ tools: { pay: {} } });
    expect(await decision?.history?.bundle('0'.repeat(64))).toBeUndefined();
  });
});
