import { compileBundle } from '@spanforge/policy';
import { describe, expect, it } from 'vitest';
import { decisionsOfRun } from './from-runs.js';
import type { EarlierCall, RecordedDecision } from './recorded.js';
import { comparePolicies, replay } from './replay.js';
import { simulate } from './simulate.js';
import { bundleOf, request, TIME } from './test-log.js';

const LIMIT = { when: 'args.amount > 100', action: 'block' };
const HOLD = { when: 'args.amount > 100', action: 'human_review' };

function decision(parts: Partial<RecordedDecision> = {}): RecordedDecision {
  const asked = request();
  const place = { id: 'd', traceId: 't', tenant: 'acme', tool: 'pay' };
  const { service, control } = asked;
  return { ...place, service, control, request: asked, ...parts };
}

const setting = { environment: 'prod', time: TIME, agent: 'a', actor: 'p', tenant: 'acme' };
const run = (...calls: readonly (readonly [string, object, unknown?])[]) =>
  decisionsOfRun(
    { id: 'run', calls: calls.map(([name, args, result]) => ({ name, args, result })) },
    setting,
  );

describe('a report', () => {
  it('counts by rule, tool and tenant, and keeps the first differences of each kind', async () => {
    const baseline = bundleOf([LIMIT, { ...HOLD, target: { tools: ['old'] } }]);
    const decisions = [
      { tool: 'pay', amount: 5, tenant: 'acme' },
      { tool: 'pay', amount: 500, tenant: 'acme' },
      { tool: 'pay', amount: 600, tenant: 'other' },
      { tool: 'pay', amount: 700, tenant: 'other' },
    ].map(({ tool, amount, tenant }, at) => {
      const asked = request({ tool, args: { amount } });
      const before = compileBundle(baseline).decide(asked);
      return decision({ id: `d${at}`, tool, tenant, request: asked, before });
    });
    const told: string[] = [];
    const done: number[] = [];
    const report = await replay(decisions, {
      candidate: bundleOf([HOLD], { version: '2.0' }),
      keep: 2,
      onDecision: ({ id, verdict }) => {
        told.push(`${id} ${verdict}`);
      },
      onProgress: (count) => done.push(count),
    });
    expect(told).toEqual(['d0 same', 'd1 looser', 'd2 looser', 'd3 looser']);
    expect(done).toEqual([4]);
    expect(report).toMatchObject({
      candidate: { id: 'p', version: '2.0' },
      decisions: 4,
      counts: { same: 1, stricter: 0, looser: 3, not_replayable: 0 },
      before: { allow: 1, block: 3 },
      after: { allow: 1, human_review: 3 },
      byTenant: { byName: { acme: { same: 1, looser: 1 }, other: { looser: 2 } } },
      byTool: { byName: { pay: { same: 1, looser: 3 } } },
      byRule: { byName: { r0: { looser: 3 } } },
      differences: [{ id: 'd1' }, { id: 'd2' }],
    });
    expect(report).not.toHaveProperty('baseline');
  });

  it('stays bounded where names come without end', async () => {
    const many = Array.from({ length: 1500 }, (_, at) => decision({ tool: `tool-${at}` }));
    const report = await comparePolicies(many, {
      baseline: bundleOf([LIMIT]),
      candidate: bundleOf([LIMIT]),
    });
    expect(Object.keys(report.byTool.byName)).toHaveLength(1000);
    expect(report.byTool.others).toEqual({ same: 500, stricter: 0, looser: 0, not_replayable: 0 });
  });

  it('is not given where the source breaks off', async () => {
    async function* source() {
      yield decision();
      throw new Error('gone');
    }
    await expect(simulate(source(), { candidate: bundleOf([LIMIT]) })).rejects.toThrow('gone');
  });

  it('says that what was decided is not known', async () => {
    const report = await replay([decision()], { candidate: bundleOf([LIMIT]) });
    expect(report.reasons).toEqual({ not_recorded: 1 });
  });
});

describe('recorded runs', () => {
  const results = {
    ...LIMIT,
    control: 'tool_result',
    when: 'facts.result.total > 100',
  };

  it('are judged before each call, and after it where both let it run', async () => {
    const source = () =>
      run(['pay', { amount: 500 }, { total: 500 }], ['pay', { amount: 5 }, { total: 500 }]);
    const ids: string[] = [];
    const onDecision = ({ id, control }: { id: string; control: string }) => {
      ids.push(`${id} ${control}`);
    };
    const [baseline, candidate] = [bundleOf([LIMIT]), bundleOf([HOLD, results])];
    const report = await comparePolicies(source(), { baseline, candidate, onDecision });
    expect(ids).toEqual(['run#0 tool_call', 'run#1 tool_call', 'run#1 tool_result']);
    expect(report.counts).toMatchObject({ same: 1, stricter: 1, looser: 1 });
    const alone = await simulate(source(), { candidate });
    expect(alone).toMatchObject({
      decisions: 4,
      outcomes: { allow: 1, block: 2, human_review: 1 },
      indeterminate: 0,
      byTool: { byName: { pay: { block: 2 } } },
      byRule: { byName: { r0: { human_review: 1 }, r1: { block: 2 } } },
    });
  });
});

describe('a tool the bundle does not declare', () => {
  it('is denied in runs, where nobody else knows tools, and only there', async () => {
    const tools = { pay: { effect: 'write' } };
    const [baseline, candidate] = [bundleOf([LIMIT]), bundleOf([LIMIT], { tools })];
    const report = await comparePolicies(run(['send', { amount: 1 }]), { baseline, candidate });
    expect(report.counts).toMatchObject({ stricter: 1, same: 0 });
    const asked = request({ tool: 'send' });
    const logged = await simulate([decision({ tool: 'send', request: asked })], { candidate });
    expect(logged.outcomes).toEqual({ allow: 1 });
  });
});

describe('facts', () => {
  const tools = {
    find: { effect: 'read', result: { type: 'object', properties: { paid: { type: 'boolean' } } } },
    pay: { effect: 'write' },
  };
  const facts = { order: { from: 'find', for: { id: 'args.order' } } };
  const paid = { target: { tools: ['pay'] }, when: 'facts.order.paid', action: 'block' };
  const candidate = bundleOf([paid], { tools, facts });
  const base = bundleOf([{ ...LIMIT, target: { tools: ['pay'] } }], { tools });

  it('are found in the earlier calls of a run', async () => {
    const calls = [
      ['find', { id: 'A' }, '{"paid":true}'],
      ['find', { id: 'B' }, { paid: false }],
      ['pay', { order: 'A', amount: 1 }],
      ['pay', { order: 'B', amount: 1 }],
    ] as const;
    const outcomes: string[] = [];
    const report = await comparePolicies(run(...calls), {
      baseline: base,
      candidate,
      onDecision: ({ tool, control, after }) => {
        if (tool === 'pay' && control === 'tool_call') outcomes.push(after?.outcome ?? 'none');
      },
    });
    expect(outcomes).toEqual(['block', 'allow']);
    expect(report.counts).toMatchObject({ stricter: 1, looser: 0, not_replayable: 0 });
  });

  it('whose calls were recorded without their results leave the decision open', async () => {
    const calls = [
      ['find', { id: 'A' }],
      ['pay', { order: 'A', amount: 1 }],
    ] as const;
    const report = await comparePolicies(run(...calls), { baseline: base, candidate });
    expect(report.reasons).toEqual({ facts_missing: 1 });
    expect(report.differences[0]).toMatchObject({
      missing: { missing: ['facts.order', 'calls.find.result'] },
    });
  });

  const earlier: readonly EarlierCall[] = [
    { tool: 'find', call: { tool: 'find', args: { id: 'A' }, result: { paid: true } } },
  ];
  const recorded = (then: object | undefined, given: object | undefined, calls = earlier) =>
    decision({
      request: request({
        args: { order: 'A' },
        ...(given === undefined ? {} : { facts: given as never }),
      }),
      before: { outcome: 'allow', obligations: [], reason: 'r', rules: [], digest: 'd'.repeat(64) },
      history: { calls: async () => calls, bundle: async () => then },
    });
  const verdictOf = async (one: RecordedDecision, bundle = candidate) => {
    const { reasons, after } = await replay([one], { candidate: bundle });
    return Object.keys(reasons)[0] ?? Object.keys(after)[0];
  };

  it('recorded under the same meaning stand, those that were missing too', async () => {
    const same = { facts, tools };
    expect(await verdictOf(recorded(same, { order: { paid: false } }))).toBe('allow');
    expect(await verdictOf(recorded(same, {}))).toBe('block');
    const { differences } = await replay([recorded(same, {})], { candidate });
    expect(differences[0]?.after?.rules).toMatchObject([{ finding: 'indeterminate' }]);
  });

  it('recorded under another meaning are found anew, given ones stand', async () => {
    const other = { facts: { order: { from: 'find' } }, tools };
    expect(await verdictOf(recorded(other, { order: { paid: false } }))).toBe('block');
    expect(await verdictOf(recorded({ facts, tools: {} }, { order: { paid: false } }))).toBe(
      'block',
    );
    expect(await verdictOf(recorded({ tools }, { order: { paid: false } }))).toBe('allow');
    expect(await verdictOf(recorded({ tools }, undefined))).toBe('block');
    expect(await verdictOf(recorded(undefined, { order: { paid: false } }))).toBe('facts_missing');
    const lost = [{ tool: 'find', lost: 'result' } as const];
    expect(await verdictOf(recorded(other, {}, lost))).toBe('facts_missing');
    const unrelated = [...earlier, { tool: 'pay', lost: 'result' } as const];
    expect(await verdictOf(recorded(other, {}, unrelated))).toBe('block');
  });

  it('that are counted stand under the same meaning, and are never made up', async () => {
    const counter = { seen: { count: 'calls', tools: ['pay'], window: '24h' } };
    const counting = bundleOf([{ when: 'facts.seen > 3', action: 'block' }], {
      tools,
      facts: counter,
    });
    expect(await verdictOf(recorded({ tools, facts: counter }, { seen: 4 }), counting)).toBe(
      'block',
    );
    expect(await verdictOf(recorded({ tools }, undefined), counting)).toBe('counted');
    const wider = { seen: { ...counter.seen, window: '48h' } };
    expect(await verdictOf(recorded({ tools, facts: wider }, { seen: 4 }), counting)).toBe(
      'counted',
    );
  });

  it('that are detected are found again', async () => {
    const detected = bundleOf([{ when: '"email" in facts.kinds', action: 'block' }], {
      facts: { kinds: { detect: 'args' } },
    });
    const one = decision({ request: request({ args: { to: 'ann@example.com' } }) });
    const report = await simulate([one], { candidate: detected });
    expect(report.outcomes).toEqual({ block: 1 });
  });

  it('no rule for the call reads do not matter', async () => {
    const lost = [{ tool: 'find', lost: 'result' } as const];
    const one = { ...recorded({ tools }, undefined, lost), tool: 'look' };
    const asked = { ...one, request: request({ tool: 'look' }) };
    expect(await verdictOf(asked)).toBe('allow');
  });
});
