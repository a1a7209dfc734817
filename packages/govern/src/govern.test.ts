import { describe, expect, expectTypeOf, test } from 'vitest';
import type { CompletedCall, GovernedResult, GovernedTool } from './index.js';
import { createGovernor, GovernError, govern } from './index.js';
import {
  bodiesOf,
  CONTEXT,
  constant,
  decision,
  openLog,
  policyOf,
  recording,
  recordsOf,
} from './testing/fixtures.js';

const short = (type: string): string => type.replace(/^spanforge\.|\.v1$/g, '');

describe('a governed call', () => {
  test('runs between a durable start and a durable ending', async () => {
    const log = await openLog();
    const seen: string[][] = [];
    const governor = createGovernor({ log, authorize: constant('allow') });
    const refund = govern(
      async ({ amount }: { amount: number }) => {
        seen.push((await recordsOf(log)).map((one) => short(one.type)));
        return `refunded ${amount}`;
      },
      { governor, name: 'refund' },
    );
    const result = await refund({ amount: 5 }, CONTEXT);
    expect(result).toMatchObject({
      status: 'completed',
      value: 'refunded 5',
      executed: true,
      outcome: 'allow',
      reasonCode: 'allowed',
    });
    expect(seen).toEqual([['policy.decision', 'execution.started']]);
    const records = await recordsOf(log);
    expect(records.map((one) => short(one.type))).toEqual([
      'policy.decision',
      'execution.started',
      'span',
      'execution.ended',
    ]);
    expect(result.receipts.map(({ id }) => id)).toEqual(records.map(({ id }) => id));
    expect(result.decisions).toEqual([records[0]!.id]);
    expect(records[3]!.body).toMatchObject({
      started_id: records[1]!.id,
      status: 'completed',
      executed: true,
      not_asked: ['scope', 'policy'],
    });
  });

  test('that is blocked stops at once, and the evidence says who was not asked', async () => {
    const log = await openLog();
    const governor = createGovernor({
      log,
      authorize: constant('allow'),
      scope: constant('block'),
      policy: policyOf(() => {
        throw new Error('must not be asked');
      }),
      preflight: [{ name: 'budget', control: constant('allow') }],
    });
    let runs = 0;
    const tool = govern(() => ++runs, { governor, name: 'tool' });
    const result = await tool(undefined, CONTEXT);
    expect(result).toMatchObject({ status: 'blocked', executed: false, outcome: 'block' });
    expect(result.decisions).toHaveLength(2);
    expect(runs).toBe(0);
    const [ended, ...more] = await bodiesOf(log, 'execution.ended');
    expect(more).toEqual([]);
    expect(ended).toMatchObject({
      status: 'blocked',
      executed: false,
      reason_code: 'block',
      not_asked: ['policy', 'budget'],
    });
    expect(log.status().commits).toBe(2);
  });

  test('of a reading tool takes one commit', async () => {
    const log = await openLog();
    const governor = createGovernor({ log, scope: constant('allow+log') });
    const look = govern(async (id: string) => `record ${id}`, {
      governor,
      name: 'look',
      effect: 'read',
    });
    const before = log.status().commits;
    expect(await look('7', CONTEXT)).toMatchObject({ value: 'record 7', outcome: 'allow+log' });
    expect(log.status().commits - before).toBe(1);
    expect((await recordsOf(log)).map((one) => short(one.type))).toEqual([
      'policy.decision',
      'execution.started',
      'span',
      'execution.ended',
    ]);
  });

  test('is redacted on both sides, and the start commits to what the tool was given', async () => {
    const log = await openLog();
    const governor = createGovernor({
      log,
      scope: constant('redact', [
        { kind: 'redact', target: 'args', path: 'to.iban', mask: 'IBAN' },
        { kind: 'redact', target: 'result', path: 'rows.*.email' },
        { kind: 'notice', text: 'masked' },
      ]),
    });
    const given: unknown[] = [];
    const args = { to: { iban: 'DE00', name: 'Ada' } };
    const pay = govern(
      (to: typeof args) => {
        given.push(to);
        return { rows: [{ email: 'a@b.c', id: 1 }] };
      },
      { governor, name: 'pay' },
    );
    const result = await pay(args, CONTEXT);
    expect(given).toEqual([{ to: { iban: 'IBAN', name: 'Ada' } }]);
    expect(args.to.iban).toBe('DE00');
    expect(result).toMatchObject({ value: { rows: [{ email: '[redacted]', id: 1 }] } });
    expect(result.obligations).toHaveLength(3);
    const started = (await recordsOf(log)).find((one) => one.type.includes('started'))!;
    const [disclosed] = await log.disclosures(started.index);
    expect(Buffer.from(disclosed!.encoded, 'base64url').toString()).toContain('"iban":"IBAN"');
    for (const { bytes } of await recordsOf(log)) {
      expect(Buffer.from(bytes).toString()).not.toMatch(/DE00|Ada|a@b\.c/);
    }
  });

  test('that must be redacted without saying where has its whole result masked', async () => {
    const log = await openLog();
    const governor = createGovernor({ log, scope: constant('redact') });
    const tool = govern(() => 'secret', { governor, name: 'tool' });
    expect(await tool(undefined, CONTEXT)).toMatchObject({ value: '[redacted]' });
  });

  test('is decided about as it was made, whatever the caller does meanwhile', async () => {
    const log = await openLog();
    const args = { amount: 1, tags: ['a'] };
    const governor = createGovernor({
      log,
      scope: async (call) => {
        args.amount = 1_000_000;
        args.tags.push('b');
        return decision((call.args as typeof args).amount > 10 ? 'block' : 'allow');
      },
    });
    const given: unknown[] = [];
    const tool = govern((to: typeof args) => given.push(to), { governor, name: 'tool' });
    expect((await tool(args, CONTEXT)).status).toBe('completed');
    expect(given).toEqual([{ amount: 1, tags: ['a'] }]);
  });

  test('releases what was judged, whatever the tool does to it afterwards', async () => {
    const log = await openLog();
    const answer = { ok: true };
    const governor = createGovernor({
      log,
      postflight: [
        {
          name: 'look',
          control: async (_call, result) => {
            answer.ok = false;
            return decision((result as typeof answer).ok ? 'allow' : 'block');
          },
        },
      ],
    });
    const tool = govern(() => answer, { governor, name: 'tool' });
    expect(await tool(undefined, CONTEXT)).toMatchObject({ value: { ok: true } });
  });

  test('that fails is on record by the name of its error', async () => {
    const log = await openLog();
    const governor = createGovernor({ log });
    const error = new RangeError('too far: secret');
    const tool = govern(
      () => {
        throw error;
      },
      { governor, name: 'tool' },
    );
    expect(await tool(undefined, CONTEXT)).toMatchObject({ status: 'failed', error });
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([
      { status: 'failed', executed: true, error_name: 'RangeError' },
    ]);
    for (const { bytes } of await recordsOf(log)) {
      expect(Buffer.from(bytes).toString()).not.toContain('secret');
    }
  });

  test('hides the error of a tool whose result is to be redacted', async () => {
    const log = await openLog();
    const governor = createGovernor({ log, scope: constant('redact') });
    const tool = govern(() => Promise.reject(new Error('secret')), { governor, name: 'tool' });
    const result = await tool(undefined, CONTEXT);
    expect(result).toMatchObject({ status: 'failed', error: { code: 'GOVERN_TOOL_FAILED' } });
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  test('withholds its result when a control objects afterwards', async () => {
    const log = await openLog();
    const governor = createGovernor({
      log,
      policy: policyOf(({ control, facts }) =>
        decision(
          control === 'tool_result' && facts?.result === 'rejected text' ? 'block' : 'allow',
        ),
      ),
    });
    const tool = govern((answer: string) => answer, { governor, name: 'tool' });
    expect((await tool('good', CONTEXT)).status).toBe('completed');
    const withheld = await tool('rejected text', CONTEXT);
    expect(withheld).toMatchObject({ status: 'withheld', executed: true, outcome: 'block' });
    expect(JSON.stringify(withheld)).not.toContain('rejected text');
    expect((await bodiesOf(log, 'execution.ended')).map(({ status }) => status)).toEqual([
      'completed',
      'withheld',
    ]);
  });

  test('asks a person about a result, and withholds it', async () => {
    const log = await openLog();
    const governor = createGovernor({
      log,
      postflight: [{ name: 'look', control: async () => decision('human_review') }],
    });
    const tool = govern(() => 'answer', { governor, name: 'tool' });
    const result = await tool(undefined, CONTEXT);
    expect(result).toMatchObject({ status: 'withheld', outcome: 'human_review' });
    expect(await bodiesOf(log, 'review.requested')).toMatchObject([
      { review_id: (result as { reviewId: string }).reviewId },
    ]);
  });

  test('tells controls who asks for what', async () => {
    const log = await openLog();
    const seen: unknown[] = [];
    const governor = createGovernor({
      log,
      scope: recording((call) => {
        seen.push(call);
        return decision('allow');
      }),
      policy: policyOf((request) => {
        seen.push(request);
        return decision('allow');
      }),
      clock: () => 5,
    });
    const tool = govern((args: { id: number; amount: number }) => args.id, {
      governor,
      name: 'refund',
      resource: ({ id }) => `orders/${id}`,
      action: 'refund',
      observe: ({ amount }) => amount,
    });
    const context = { ...CONTEXT, actorRoles: ['editor'], labels: ['untrusted'], callId: 'c' };
    await tool({ id: 7, amount: 3 }, context);
    const common = { resource: 'orders/7', action: 'refund', observed: 3, time: 5 };
    expect(seen[0]).toMatchObject({ ...common, callId: 'c', tool: 'refund', effect: 'write' });
    expect(seen[1]).toMatchObject({
      ...common,
      service: 'sf_govern',
      control: 'tool_call',
      actor: { id: 'alice', roles: ['editor'] },
      agent: { id: 'bot' },
      labels: ['untrusted'],
      args: { id: 7, amount: 3 },
    });
    expect(seen[2]).toMatchObject({ control: 'tool_result', facts: { result: 7 } });
  });
});

describe('a governor', () => {
  test('blocks a tool it does not know, and records that', async () => {
    const log = await openLog();
    const governor = createGovernor({ log, mode: 'shadow' });
    expect(await governor.call('rm', { path: '/' }, CONTEXT)).toMatchObject({
      status: 'blocked',
      reasonCode: 'unknown_tool',
    });
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([
      { tool: 'rm', status: 'blocked', not_asked: ['authorize', 'scope', 'policy'] },
    ]);
  });

  test('calls by name what it governs, once per name', async () => {
    const log = await openLog();
    const governor = createGovernor({ log });
    governor.govern((n: number) => n + 1, { name: 'add' });
    expect(await governor.call('add', 1, CONTEXT)).toMatchObject({ value: 2 });
    expect(() => governor.govern((n: number) => n, { name: 'add' })).toThrow(GovernError);
    expect(() => governor.govern((n: number) => n, { name: '' })).toThrow(GovernError);
  });

  test('refuses limits that are none', async () => {
    const log = await openLog();
    for (const controlTimeoutMs of [0, -1, Number.NaN, 2 ** 31]) {
      expect(() => createGovernor({ log, controlTimeoutMs })).toThrow(GovernError);
    }
  });

  test('blocks arguments that cannot be put on record', async () => {
    const log = await openLog();
    const governor = createGovernor({ log });
    let runs = 0;
    const tool = govern((_args: object) => ++runs, { governor, name: 'tool' });
    const cycle: { self?: object } = {};
    cycle.self = cycle;
    expect(await tool(cycle, CONTEXT)).toMatchObject({ reasonCode: 'args_unrecordable' });
    expect(await tool({}, { ...CONTEXT, tenant: '' })).toMatchObject({
      status: 'blocked',
      reasonCode: 'evidence_unavailable',
    });
    expect(runs).toBe(0);
  });

  test('withholds a result that cannot be put on record', async () => {
    const log = await openLog();
    const refuse = (name: string, value: unknown) => {
      if (value === 'unspeakable') throw new Error('no');
      return { name, encoded: 'e', digest: 'd'.repeat(43) };
    };
    const governor = createGovernor({
      log,
      disclose: Object.assign(refuse, { canonical: refuse }),
    });
    const tool = govern(() => 'unspeakable', { governor, name: 'tool' });
    expect(await tool(undefined, CONTEXT)).toMatchObject({
      status: 'withheld',
      reasonCode: 'result_unrecordable',
    });
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([{ status: 'withheld' }]);
  });
});

test('keeps the types of a tool', async () => {
  const governor = createGovernor({ log: await openLog() });
  const tool = govern(async (args: { id: number }) => ({ name: String(args.id) }), {
    governor,
    name: 'tool',
    resource: (args) => {
      expectTypeOf(args).toEqualTypeOf<{ id: number }>();
      return 'x';
    },
  });
  expectTypeOf(tool).toEqualTypeOf<GovernedTool<{ id: number }, { name: string }>>();
  const result = await tool({ id: 1 }, CONTEXT);
  expectTypeOf(result).toEqualTypeOf<GovernedResult<{ name: string }>>();
  if (result.status === 'completed') {
    expectTypeOf(result).toEqualTypeOf<CompletedCall<{ name: string }>>();
    expectTypeOf(result.value.name).toBeString();
  } else {
    // @ts-expect-error only a completed call has a value
    expect(result.value).toBeUndefined();
  }
  // @ts-expect-error the tool takes a number
  await tool({ id: 'x' }, CONTEXT);
});
