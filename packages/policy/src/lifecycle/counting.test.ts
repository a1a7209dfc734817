import type { CounterEntry, CounterStore, EvidenceRecord } from '@spanforge/core-events';
import {
  createMemoryCounters,
  createMemoryStore,
  type EvidenceLog,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import { openDisclosure } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { createPolicy } from './policy.js';
import { aBundle, context, failing, pay, setUp } from './test-policy.js';

const facts = {
  payments: { count: 'calls', tools: ['pay'], per: ['actor'], window: '1h' },
  paid: { sum: 'args.amount', tools: ['pay'], per: ['run'], window: '1h' },
};
const tools = {
  pay: {
    effect: 'write',
    schema: { type: 'object', properties: { amount: { type: 'number' } } },
    result: { type: 'object', properties: { ok: { type: 'boolean' } } },
  },
};
/** At most three payments an hour, and no more than 1000 in one run. */
const counting = (part: object = {}) =>
  aBundle(
    { facts, tools, ...part },
    { when: 'facts.payments > 3.0 || facts.paid > 1000.0', action: 'block' },
  );

function watched(broken: Partial<CounterStore> = {}) {
  const memory = createMemoryCounters();
  const added: CounterEntry[] = [];
  const removed: string[] = [];
  const counters: CounterStore = {
    add: async (entry) => {
      added.push(entry);
      return memory.add(entry);
    },
    remove: async (key, id) => {
      removed.push(id);
      return memory.remove(key, id);
    },
    ...broken,
  };
  return { counters, added, removed };
}

async function disclosed(log: EvidenceLog, record: EvidenceRecord | undefined) {
  const [request] = await log.disclosures(record?.index ?? -1);
  if (request === undefined) throw new Error('nothing was disclosed');
  return openDisclosure(request.encoded).value as Record<string, unknown>;
}

describe('counted facts', () => {
  it('block the call that is over the limit, and that call is taken back', async () => {
    const { counters } = watched();
    const { policy, create, log, ofType } = await setUp({ counters });
    await policy.lifecycle.activate(counting());
    const outcomes: string[] = [];
    for (const each of [policy, create(), policy, create(), policy]) {
      outcomes.push((await each.evaluate(pay(10), { context })).verdict.outcome);
    }
    expect(outcomes).toEqual(['allow', 'allow', 'allow', 'block', 'block']);
    const records = await ofType('spanforge.policy.decision.v1');
    const last = await disclosed(log, records.at(-1));
    // Four, and not five: the blocked one before was taken back.
    expect(last.facts).toEqual({ payments: 4, paid: 40 });
    expect(Object.keys(last)).not.toContain('calls');
  });

  it('race: of many at once no more than the limit are let through', async () => {
    const { counters } = watched();
    const { policy, create } = await setUp({ counters });
    await policy.lifecycle.activate(counting());
    const services = [policy, create()];
    const asked = Array.from({ length: 20 }, (_, n) =>
      services[n % 2]?.evaluate(pay(1), { context }),
    );
    const outcomes = (await Promise.all(asked)).map((one) => one?.verdict.outcome);
    expect(outcomes.filter((one) => one === 'allow').length).toBeLessThanOrEqual(3);
  });

  it('count a call once, however often it is asked about, and by its arguments', async () => {
    const { counters } = watched();
    const { policy } = await setUp({ counters });
    await policy.lifecycle.activate(counting());
    const ask = async (amount: number, callId: string, run = 'run-1') =>
      (await policy.evaluate(pay(amount, { callId }), { context: { ...context, run } })).verdict
        .outcome;
    for (let n = 0; n < 6; n += 1) expect(await ask(400, 'c1')).toBe('allow');
    // The same id with another amount is another call: nobody spends twice under one name.
    expect(await ask(700, 'c1')).toBe('block');
    expect(await ask(600, 'c1')).toBe('allow');
    // And the same id in another run is one too.
    expect(await ask(400, 'c1', 'run-2')).toBe('allow');
    expect(await ask(400, 'c1', 'run-3')).toBe('block');
  });

  it('let a later question about the call read the counter without counting', async () => {
    const { counters, added, removed } = watched();
    const { policy } = await setUp({ counters });
    const rule = { rule_id: 'after', service: 'sf_govern', control: 'tool_result' };
    const limit = { ...rule, action: 'block', when: 'facts.payments > 1.0' };
    await policy.lifecycle.activate(aBundle({ facts, tools, rules: [limit] }));
    const result = { ...pay(1, { callId: 'c1' }), control: 'tool_result' };
    const outcome = async (question: typeof result) =>
      (await policy.evaluate(question, { context })).verdict.outcome;
    expect(await outcome(result)).toBe('allow');
    expect(await outcome(pay(1, { callId: 'c1' }))).toBe('allow');
    expect(await outcome(result)).toBe('allow');
    await outcome(pay(1, { callId: 'c2' }));
    expect(await outcome(result)).toBe('block');
    expect(added.filter(({ amount }) => amount === 0).map(({ id }) => id)).toEqual(removed);
  });

  it('keep tenants, environments and people apart, and name nobody', async () => {
    const { counters, added } = watched();
    const { create } = await setUp({ counters });
    for (const tenant of ['acme', 'globex']) {
      for (const env of ['prod', 'dev']) {
        const own = { ...context, tenant, env };
        const policy = create({ context: own });
        await policy.lifecycle.activate(counting({ environment: env }));
        for (const actor of ['ann', 'bea']) {
          await policy.evaluate(pay(1, { actor: { id: actor } }), { context: own });
        }
      }
    }
    // Of each place: one counter of its run, and one for each of two people.
    expect(new Set(added.map(({ key }) => key)).size).toBe(4 * 3);
    for (const { key, id } of added) expect(`${key}${id}`).not.toMatch(/ann|bea|acme|globex/);
  });

  it('go on with the next version of the bundle', async () => {
    const { counters } = watched();
    const { policy } = await setUp({ counters });
    await policy.lifecycle.activate(counting());
    for (let n = 0; n < 3; n += 1) await policy.evaluate(pay(1), { context });
    await policy.lifecycle.activate(counting({ version: '2' }));
    expect((await policy.evaluate(pay(1), { context })).verdict.outcome).toBe('block');
  });

  it('are counted for the port without a record too, and taken back when it blocks', async () => {
    const { counters, removed } = watched();
    const { policy } = await setUp({ counters });
    await policy.lifecycle.activate(counting());
    for (let n = 0; n < 3; n += 1) await policy.decide({ ...pay(1), time: 0 });
    expect(removed).toEqual([]);
    expect((await policy.decide({ ...pay(1), time: 0 })).outcome).toBe('block');
    expect(removed).toHaveLength(2);
  });
});

describe('a counter that does not answer', () => {
  const down = async () => {
    throw new Error('down');
  };
  const hanging = () => new Promise<never>(() => undefined);

  it.each([
    ['is not there', undefined],
    ['throws', { add: down, remove: down }],
    [
      'throws at once',
      {
        add: () => {
          throw new Error('now');
        },
        remove: down,
      },
    ],
    ['hangs', { add: hanging, remove: hanging }],
    ['answers no number', { add: async () => 'many' as never, remove: down }],
    ['answers NaN', { add: async () => Number.NaN, remove: down }],
  ] as readonly (readonly [string, CounterStore | undefined])[])(
    'leaves its fact missing, never 0, when it %s',
    async (_, counters) => {
      const part = counters === undefined ? {} : { counters };
      const { policy, log, ofType } = await setUp({ ...part, counterTimeoutMs: 20 });
      await policy.lifecycle.activate(counting());
      const { verdict } = await policy.evaluate(pay(1), { context });
      expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'rule_indeterminate' });
      const [record] = await ofType('spanforge.policy.decision.v1');
      expect((await disclosed(log, record)).facts).toBeUndefined();
    },
  );

  it('is given back what it counted when the record fails, and a failure to is no error', async () => {
    const { counters, added, removed } = watched();
    const { policy, create } = await setUp({ counters });
    await policy.lifecycle.activate(counting());
    const { verdict } = await policy.evaluate(pay(1), { context, recorder: failing });
    expect(verdict.reasonCode).toBe('evidence_unavailable');
    expect(removed).toEqual(added.map(({ id }) => id));
    const stuck = create({ counters: { ...counters, remove: down } });
    const again = await stuck.evaluate(pay(5000), { context });
    expect(again.verdict).toMatchObject({ outcome: 'block', reasonCode: 'rule_triggered' });
  });
});

describe('facts of earlier calls', () => {
  const bundle = aBundle(
    {
      tools: {
        ...tools,
        look: {
          effect: 'read',
          result: { type: 'object', properties: { owner: { type: 'string' } } },
        },
      },
      facts: { order: { from: 'look', for: { id: 'args.id' } } },
    },
    { when: 'facts.order.owner != actor.id' },
  );
  const calls = [{ tool: 'look', args: { id: 7 }, result: { owner: 'ann' } }];

  it('are recorded, and the calls they were taken from are not', async () => {
    const { policy, log, ofType } = await setUp();
    await policy.lifecycle.activate(bundle);
    const question = { ...pay(1), args: { id: 7 }, calls, callId: 'c1' };
    expect((await policy.evaluate(question, { context })).verdict.outcome).toBe('allow');
    const [record] = await ofType('spanforge.policy.decision.v1');
    const request = await disclosed(log, record);
    expect(request.facts).toEqual({ order: { owner: 'ann' } });
    expect(Object.keys(request)).not.toContain('calls');
    expect(Object.keys(request)).not.toContain('callId');
    const without = await policy.evaluate({ ...pay(1), args: { id: 8 }, calls }, { context });
    expect(without.verdict).toMatchObject({ outcome: 'block', reasonCode: 'rule_indeterminate' });
  });

  it('are those at the call, whatever happens to the list meanwhile', async () => {
    const { policy } = await setUp();
    await policy.lifecycle.activate(bundle);
    const own = structuredClone(calls);
    const pending = policy.evaluate({ ...pay(1), args: { id: 7 }, calls: own }, { context });
    if (own[0] !== undefined) own[0].result.owner = 'eve';
    expect((await pending).verdict.outcome).toBe('allow');
  });

  it('are no facts when the calls cannot be read', async () => {
    const { policy } = await setUp();
    await policy.lifecycle.activate(bundle);
    const bad = [5, 'calls', [null], [{ tool: 5 }], [{ tool: 'look', args: new Map() }]];
    for (const each of bad as never[]) {
      const { verdict } = await policy.evaluate({ ...pay(1), calls: each }, { context });
      expect(verdict.reasonCode).toBe('request_unreadable');
    }
    const { verdict } = await policy.evaluate({ ...pay(1), callId: 5 as never }, { context });
    expect(verdict.reasonCode).toBe('request_unreadable');
  });

  it('a call that gave nothing back is a call all the same', async () => {
    const { policy } = await setUp();
    await policy.lifecycle.activate(aBundle());
    const nothing = [{ tool: 'look', args: { id: 7 }, result: undefined }];
    const { verdict } = await policy.evaluate({ ...pay(1), calls: nothing }, { context });
    expect(verdict.outcome).toBe('allow');
  });
});

it('one call id on a tool that only reads counts each time; on one that writes, once', async () => {
  const facts = { calls: { count: 'calls', window: '1h' } };
  const tools = { look: { effect: 'read' }, pay: { effect: 'write' } };
  const { policy } = await setUp({ counters: createMemoryCounters() });
  await policy.lifecycle.activate(aBundle({ facts, tools }, { when: 'facts.calls > 3' }));
  const outcomes = async (tool: string) => {
    const said: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      const { verdict } = await policy.evaluate(pay(1, { tool, callId: 'same' }), { context });
      said.push(verdict.outcome);
    }
    return said;
  };
  expect(await outcomes('pay')).toEqual(['allow', 'allow', 'allow', 'allow']);
  expect(await outcomes('look')).toEqual(['allow', 'allow', 'block', 'block']);
});

it('a repeat that is refused takes out nothing that was counted before it', async () => {
  const counters = createMemoryCounters();
  const { policy } = await setUp({ counters });
  const rule = { when: 'facts.payments > 3.0 || actor.id == "eve"', action: 'block' };
  await policy.lifecycle.activate(aBundle({ facts, tools }, rule));
  const ask = async (callId: string, actor = 'ann') => {
    const question = pay(1, { callId, actor: { id: actor } });
    return (await policy.evaluate(question, { context })).verdict.outcome;
  };
  expect(await ask('c1')).toBe('allow');
  expect(await ask('c2')).toBe('allow');
  const limited = aBundle({ facts, tools, version: '2' }, { when: 'true', action: 'block' });
  await policy.lifecycle.activate(limited);
  expect(await ask('c1')).toBe('block');
  await policy.lifecycle.activate(aBundle({ facts, tools, version: '3' }, rule));
  expect([await ask('c3'), await ask('c4')]).toEqual(['allow', 'block']);
});

describe('counters of a signed log', () => {
  const hmac = { kid: 'k1', secret: Uint8Array.from({ length: 32 }, (_, at) => at + 1) };

  async function signed() {
    const log = await openEvidenceLog({
      ...{ store: createMemoryStore(), origin: 'test.example/log', writer: 'test', hmac },
    });
    const rows = createMemoryCounters();
    const open = () =>
      createPolicy({ recorder: log, reader: log, context, counters: log.counters(rows) });
    await open().lifecycle.activate(counting());
    const decisions = async () =>
      (await log.query({ types: ['spanforge.policy.decision.v1'] })).records;
    return { log, rows, open, decisions };
  }

  it('say in the record of a call that is let through what was counted, and of whom nothing', async () => {
    const { open, decisions } = await signed();
    const policy = open();
    await policy.evaluate(pay(10, { callId: 'c1' }), { context });
    await policy.evaluate(pay(5000, { callId: 'c2' }), { context });
    const [first, second] = await decisions();
    const entry = expect.stringMatching(/^call\/[0-9a-f]{64}$/);
    const counter = expect.stringMatching(/^policy\/[0-9a-f]{64}$/);
    const common = { counter, entry, at_ms: expect.any(Number), window_ms: 3_600_000 };
    expect(first?.body.counted).toHaveLength(2);
    expect(first?.body.counted).toEqual(
      expect.arrayContaining([
        { ...common, amount: 1 },
        { ...common, amount: 10 },
      ]),
    );
    expect(second?.body.outcome).toBe('block');
    expect(second?.body.counted).toBeUndefined();
  });

  it('N-05 block the calls that count once an entry is gone, with the reason', async () => {
    const { log, rows, open, decisions } = await signed();
    await open().evaluate(pay(10, { callId: 'c1' }), { context });
    const [first] = await decisions();
    const [counted] = (first?.body.counted ?? []) as { counter: string; entry: string }[];
    await rows.remove(counted?.counter ?? '', counted?.entry ?? '');
    const { verdict } = await open().evaluate(pay(10, { callId: 'c2' }), { context });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'counter_unavailable' });
    expect(verdict.reason).toContain(`record ${first?.index} counted`);
    const other = { ...pay(1), tool: 'other' };
    expect((await open().evaluate(other, { context })).verdict.outcome).toBe('block');
    await log.close();
  });
});
