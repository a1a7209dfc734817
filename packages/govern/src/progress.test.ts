import { describe, expect, test } from 'vitest';
import { createGovernor, GovernError, govern, type HeldCall, resolveReview } from './index.js';
import { bodiesOf, CONTEXT, constant, openLog, recordsOf } from './testing/fixtures.js';

describe('drain', () => {
  test('waits for calls in progress, and says which it left', async () => {
    const governor = createGovernor({ log: await openLog() });
    expect(await governor.drain()).toEqual([]);
    let finish: (value: number) => void = () => undefined;
    const slow = govern(() => new Promise<number>((resolve) => (finish = resolve)), {
      governor,
      name: 'slow',
      effect: 'read',
    });
    const call = slow(undefined, { ...CONTEXT, callId: 'c-1' });
    expect(await governor.drain({ timeoutMs: 20 })).toEqual([{ tool: 'slow', callId: 'c-1' }]);
    const drained = governor.drain();
    finish(1);
    expect(await drained).toEqual([]);
    expect((await call).status).toBe('completed');
    await expect(async () => governor.drain({ timeoutMs: -1 })).rejects.toThrow(GovernError);
  });

  test('waits for streams to their end', async () => {
    const governor = createGovernor({ log: await openLog() });
    const tool = govern(
      async function* () {
        yield 1;
        yield 2;
      },
      { governor, name: 'parts' },
    );
    const result = await tool(undefined, CONTEXT);
    if (result.status !== 'streaming') throw new Error(result.status);
    expect(await governor.drain({ timeoutMs: 10 })).toEqual([{ tool: 'parts' }]);
    const parts: unknown[] = [];
    for await (const part of result.value) parts.push(part);
    expect(parts).toEqual([1, 2]);
    expect(await governor.drain()).toEqual([]);
  });

  test('does not count a call that failed to open', async () => {
    const clock = () => {
      throw new Error('no time');
    };
    const governor = createGovernor({ log: await openLog(), clock });
    const tool = govern(() => 1, { governor, name: 'tool' });
    await expect(tool(undefined, CONTEXT)).rejects.toThrow('no time');
    expect(await governor.drain()).toEqual([]);
  });
});

describe('a held call', () => {
  test('is announced once its request is durable, and can be awaited', async () => {
    const log = await openLog();
    const announced: [HeldCall, number][] = [];
    const governor = createGovernor({
      log,
      scope: constant('human_review'),
      onHeld: async (held) => {
        announced.push([held, (await bodiesOf(log, 'review.requested')).length]);
        throw new Error('not your concern');
      },
    });
    const tool = govern(() => 1, { governor, name: 'tool' });
    const call = { ...CONTEXT, callId: 'c-1' };
    const held = await tool(undefined, call);
    if (held.status !== 'held') throw new Error(held.status);
    await tool(undefined, call);
    expect(announced.map(([{ reviewId }, requests]) => [reviewId, requests])).toEqual([
      [held.reviewId, 1],
    ]);
    expect(structuredClone(held)).not.toHaveProperty('review');
    const decided = held.review?.decided({ pollMs: 5 });
    const { reviewId } = held;
    await resolveReview(log, { reviewId, resolution: 'approved', reviewer: 'bob' });
    expect(await decided).toBe('approved');
    expect((await tool(undefined, call)).status).toBe('completed');
    expect(await held.review?.decided()).toBe('consumed');
  });

  test('is no longer awaited when the signal says so', async () => {
    const governor = createGovernor({ log: await openLog(), scope: constant('human_review') });
    const held = await govern(() => 1, { governor, name: 'tool' })(undefined, CONTEXT);
    if (held.status !== 'held') throw new Error(held.status);
    const abort = new AbortController();
    const decided = held.review?.decided({ signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(decided).rejects.toThrow('enough');
    await expect(held.review?.decided({ signal: abort.signal })).rejects.toThrow('enough');
  });
});

describe('an earlier attempt', () => {
  test('is found without reading the run', async () => {
    const log = await openLog();
    let read = 0;
    const counting = {
      ...log,
      query: async (query: Parameters<typeof log.query>[0]) => {
        const page = await log.query(query);
        read += page.records.length;
        return page;
      },
    };
    const governor = createGovernor({ log: counting });
    const tool = govern(() => 1, { governor, name: 'tool' });
    for (let n = 0; n < 100; n += 1) await tool(n, { ...CONTEXT, callId: `c-${n}` });
    read = 0;
    expect(await tool(50, { ...CONTEXT, callId: 'c-50' })).toMatchObject({
      reasonCode: 'already_started',
      reason: expect.stringContaining('completed'),
    });
    expect(read).toBeLessThanOrEqual(33);
  });
});

describe('a span', () => {
  test('is recorded for each call whose tool ran, in the commit of its ending', async () => {
    const log = await openLog();
    const governor = createGovernor({
      log,
      spans: {
        cost: (_call, result) => ({ amount: result === 1 ? 0.5 : -1, currency: 'USD' }),
        hriCritical: ({ tool }) => tool === 'good',
      },
    });
    await govern(() => 1, { governor, name: 'good' })(undefined, CONTEXT);
    const bad = () => {
      throw new TypeError('no');
    };
    await govern(bad, { governor, name: 'bad' })(undefined, CONTEXT);
    await governor.call('nobody', undefined, CONTEXT);
    expect(await bodiesOf(log, 'span')).toMatchObject([
      {
        kind: 'tool',
        name: 'good',
        status: 'ok',
        cost: 0.5,
        cost_currency: 'USD',
        hri_critical: true,
      },
      { name: 'bad', status: 'error', error_name: 'TypeError', hri_critical: false },
    ]);
    const types = (await recordsOf(log)).map(({ type }) => type);
    expect(types.slice(0, 3)).toEqual([
      'spanforge.execution.started.v1',
      'spanforge.span.v1',
      'spanforge.execution.ended.v1',
    ]);
  });

  test('says duration and status by default, and is left out where nobody wants it', async () => {
    const log = await openLog();
    await govern(() => 1, { governor: createGovernor({ log }), name: 'tool' })(undefined, CONTEXT);
    expect(await bodiesOf(log, 'span')).toEqual([
      {
        kind: 'tool',
        name: 'tool',
        call_id: expect.any(String),
        duration_ms: expect.any(Number),
        status: 'ok',
      },
    ]);
    const governor = createGovernor({ log, spans: false });
    await govern(() => 1, { governor, name: 'tool' })(undefined, CONTEXT);
    expect(await bodiesOf(log, 'span')).toHaveLength(1);
  });
});

describe('a detection', () => {
  const card = (text: string) => {
    const start = text.indexOf('4111');
    return start < 0 ? [] : [{ start, end: start + 4, type: 'payment_card', confidence: 0.9 }];
  };
  const key = (text: string) => {
    const start = text.indexOf('sk-');
    const at = { start, end: start + 3, type: 'api_key', alwaysBlocking: true };
    return start < 0 ? [] : [{ ...at, family: 'secret' as const }];
  };
  const masking = (path: string) =>
    constant('redact', [
      { kind: 'redact', target: 'result', path, types: ['payment_card', 'api_key'] },
    ]);

  test('is recorded of a result that is masked by type, without what was found', async () => {
    const log = await openLog();
    const detect = (text: string) => [...card(text), ...key(text)];
    const governor = createGovernor({ log, detect, scope: masking('') });
    const tool = govern(() => ['4111 and sk-', 'again 4111', 'nothing'], {
      governor,
      name: 'tool',
    });
    expect(await tool(undefined, CONTEXT)).toMatchObject({ status: 'completed' });
    expect(await bodiesOf(log, 'detection.pii')).toEqual([
      {
        subject: 'output',
        findings: [{ type: 'payment_card', place: '$', count: 2, confidence: 0.9 }],
        finding_count: 2,
        always_blocking: 0,
      },
    ]);
    expect(await bodiesOf(log, 'detection.secrets')).toMatchObject([
      { findings: [{ type: 'api_key', confidence: 1 }], finding_count: 1, always_blocking: 1 },
    ]);
    const types = (await recordsOf(log)).map(({ type }) => type);
    expect(types.at(-1)).toBe('spanforge.execution.ended.v1');
  });

  test('is not recorded where nothing was found', async () => {
    const log = await openLog();
    const governor = createGovernor({ log, detect: card, scope: masking('') });
    await govern(() => 'clean', { governor, name: 'tool' })(undefined, CONTEXT);
    expect(await bodiesOf(log, 'detection.pii')).toEqual([]);
  });
});
