import { describe, expect, test } from 'vitest';
import {
  createGovernor,
  GovernError,
  type GovernedResult,
  type GovernorParts,
  govern,
  type ToolOptions,
} from './index.js';
import {
  bodiesOf,
  CONTEXT,
  constant,
  createFaultyStore,
  decision,
  openLog,
} from './testing/fixtures.js';

async function* words(): AsyncGenerator<string> {
  yield 'my card ';
  yield '4111';
  yield '1111';
}

function webWords(): ReadableStream<string> {
  return new ReadableStream({
    start(controller) {
      for (const word of ['my card ', '4111', '1111']) controller.enqueue(word);
      controller.close();
    },
  });
}

function* plainWords(): Generator<string> {
  yield* ['my card ', '4111', '1111'];
}

async function read(stream: unknown): Promise<string> {
  let text = '';
  for await (const part of stream as AsyncIterable<string>) text += part;
  return text;
}

type Make = (args: undefined, context: { signal: AbortSignal }) => unknown;

async function governed(
  make: Make,
  {
    parts = {},
    options = {},
    store = createFaultyStore(),
  }: {
    parts?: Partial<GovernorParts>;
    options?: Partial<ToolOptions<undefined>>;
    store?: ReturnType<typeof createFaultyStore>;
  } = {},
) {
  const log = await openLog(store.store);
  const governor = createGovernor({ log, ...parts });
  const tool = govern(make, { governor, name: 'tool', ...options });
  return { log, store, tool };
}

const noCards: Partial<GovernorParts> = {
  postflight: [
    {
      name: 'cards',
      control: async (_call, result) =>
        decision(JSON.stringify(result).includes('41111111') ? 'block' : 'allow'),
    },
  ],
};

const KINDS: readonly [string, Make][] = [
  ['an async generator', words],
  ['a web stream', webWords],
  ['a generator', plainWords],
  ['a promise of a stream', async () => webWords()],
];

function streaming(result: GovernedResult<unknown>) {
  if (result.status !== 'streaming') throw new Error(`not streaming: ${result.status}`);
  return result;
}

describe('a stream somebody has to judge', () => {
  test.each(KINDS)('(%s) is judged as a whole, and seen by nobody before', async (_name, make) => {
    const { log, tool } = await governed(make, { parts: noCards });
    expect(await tool(undefined, CONTEXT)).toMatchObject({ status: 'withheld', executed: true });
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([{ status: 'withheld' }]);
  });

  test.each(KINDS)('(%s) comes back as a stream when it may be seen', async (_name, make) => {
    const parts = { postflight: [{ name: 'all', control: async () => decision('allow') }] };
    const { tool } = await governed(make, { parts });
    const result = await tool(undefined, CONTEXT);
    expect(result.status).toBe('completed');
    expect(await read(result.status === 'completed' && result.value)).toBe('my card 41111111');
  });

  test.each(KINDS)('(%s) is redacted across its pieces', async (_name, make) => {
    const detect = (text: string) => {
      const start = text.indexOf('41111111');
      return start < 0 ? [] : [{ start, end: start + 8, type: 'card' }];
    };
    const scope = constant('redact', [
      { kind: 'redact', target: 'result', path: '', types: ['card'] },
    ]);
    const { tool } = await governed(make, { parts: { scope, detect } });
    const result = await tool(undefined, CONTEXT);
    expect(await read(result.status === 'completed' && result.value)).toBe('my card [redacted]');
  });

  test('of objects is judged as their list', async () => {
    const { tool } = await governed(
      async function* () {
        yield { id: 1, secret: 'x' };
        yield { id: 2, secret: 'y' };
      },
      {
        parts: {
          scope: constant('redact', [{ kind: 'redact', target: 'result', path: '*.secret' }]),
        },
      },
    );
    const result = await tool(undefined, CONTEXT);
    const parts: unknown[] = [];
    if (result.status === 'completed') {
      for await (const part of result.value as AsyncIterable<unknown>) parts.push(part);
    }
    expect(parts).toEqual([
      { id: 1, secret: '[redacted]' },
      { id: 2, secret: '[redacted]' },
    ]);
  });

  test.each([{ maxStreamItems: 2 }, { maxStreamBytes: 20 }])(
    'that is larger than %j fails, is let go, and shows nothing',
    async (limit) => {
      let released = false;
      const { log, tool } = await governed(
        async function* () {
          try {
            yield* words();
            yield* words();
          } finally {
            released = true;
          }
        },
        { parts: { ...noCards, ...limit } },
      );
      const result = await tool(undefined, CONTEXT);
      expect(result).toMatchObject({
        status: 'failed',
        executed: true,
        error: { code: 'GOVERN_STREAM_TOO_LARGE' },
      });
      expect(released).toBe(true);
      expect(await bodiesOf(log, 'execution.ended')).toMatchObject([{ status: 'failed' }]);
    },
  );

  test('that fails midway is failed, and executed', async () => {
    const { log, tool } = await governed(
      async function* () {
        yield 'half';
        throw new Error('cut off');
      },
      { parts: noCards },
    );
    expect(await tool(undefined, CONTEXT)).toMatchObject({ status: 'failed', executed: true });
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([
      { status: 'failed', executed: true, error_name: 'Error' },
    ]);
  });

  test.each(['cancelled', 'timed_out'] as const)('and never ends is %s', async (status) => {
    const abort = new AbortController();
    let released = false;
    const endless: Make = async () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => {
          if (status === 'cancelled') abort.abort();
          return new Promise(() => undefined);
        },
        return: async () => {
          released = true;
          return { done: true, value: undefined };
        },
      }),
    });
    const options = status === 'timed_out' ? { toolTimeoutMs: 20 } : {};
    const { log, tool } = await governed(endless, { parts: noCards, options });
    const result = await tool(undefined, { ...CONTEXT, signal: abort.signal });
    expect(result).toMatchObject({ status, executed: true });
    expect(released).toBe(true);
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([{ status }]);
  });
});

describe('a stream nobody has to judge', () => {
  test('passes through, and closes when its ending is durable', async () => {
    for (const make of [words, webWords]) {
      const { log, tool } = await governed(make);
      const result = streaming(await tool(undefined, CONTEXT));
      expect(result.executed).toBe(true);
      expect(await bodiesOf(log, 'execution.ended')).toEqual([]);
      expect(await read(result.value)).toBe('my card 41111111');
      expect(await bodiesOf(log, 'execution.ended')).toMatchObject([{ status: 'completed' }]);
      expect(await result.ended).toMatchObject({ status: 'completed' });
    }
  });

  test('is held all the same where it is a generator, which cannot wait', async () => {
    const seen: unknown[] = [];
    const scope = async ({ calls }: { calls?: readonly unknown[] }) => {
      seen.push(calls);
      return decision('allow');
    };
    const { tool } = await governed(plainWords, { parts: { facts: true, scope } });
    const result = await tool(undefined, CONTEXT);
    const words = result.status === 'completed' ? [...(result.value as Iterable<string>)] : [];
    expect(words).toEqual(['my card ', '4111', '1111']);
    await tool(undefined, CONTEXT);
    expect(seen[1]).toMatchObject([{ result: 'my card 41111111' }]);
  });

  test('passes its parts before the tool has made them all', async () => {
    let made = 0;
    const { tool } = await governed(async function* () {
      for (made = 1; made <= 3; made += 1) yield made;
    });
    const result = streaming(await tool(undefined, CONTEXT));
    const iterator = result.value as AsyncIterator<number>;
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    expect(made).toBe(1);
  });

  test('has its start on record first, where one commit would have done', async () => {
    const { log, tool } = await governed(words, { options: { effect: 'read' } });
    const result = streaming(await tool(undefined, CONTEXT));
    expect(await bodiesOf(log, 'execution.started')).toHaveLength(1);
    expect(result.receipts.length).toBeGreaterThan(0);
    await read(result.value);
    expect(await bodiesOf(log, 'execution.ended')).toHaveLength(1);
  });

  test('shows nothing when its start cannot be recorded', async () => {
    const { store, tool } = await governed(words, { options: { effect: 'read' } });
    store.plan(() => 'fail');
    await expect(tool(undefined, CONTEXT)).rejects.toMatchObject({
      code: 'GOVERN_ENDING_NOT_RECORDED',
    });
  });

  test('does not close well when its ending cannot be recorded', async () => {
    for (const make of [words, webWords]) {
      const { store, tool } = await governed(make);
      store.plan((n) => (n === 1 ? 'fail' : 'none'));
      const result = streaming(await tool(undefined, CONTEXT));
      const rejection: unknown = await read(result.value).catch((error: unknown) => error);
      expect(rejection).toMatchObject({ code: 'GOVERN_ENDING_NOT_RECORDED' });
      await expect(result.ended).rejects.toMatchObject({ code: 'GOVERN_ENDING_NOT_RECORDED' });
    }
  });

  test('ends, on record, when its reader goes away', async () => {
    for (const make of [words, webWords]) {
      const { log, tool } = await governed(make);
      const result = streaming(await tool(undefined, CONTEXT));
      for await (const _part of result.value as AsyncIterable<string>) break;
      expect(await result.ended).toMatchObject({ status: 'cancelled', executed: true });
      expect(await bodiesOf(log, 'execution.ended')).toMatchObject([
        { status: 'cancelled', executed: true },
      ]);
    }
  });

  test('that fails midway gives what it had, then its error, on record', async () => {
    const { log, tool } = await governed(async function* () {
      yield 'half';
      throw new RangeError('cut off');
    });
    const result = streaming(await tool(undefined, CONTEXT));
    await expect(read(result.value)).rejects.toThrow('cut off');
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([
      { status: 'failed', executed: true, error_name: 'RangeError' },
    ]);
  });

  test.each(['cancelled', 'timed_out'] as const)('is cut when it is %s', async (status) => {
    const abort = new AbortController();
    const options = status === 'timed_out' ? { toolTimeoutMs: 30 } : {};
    const { log, tool } = await governed(
      async function* () {
        yield 'first';
        await new Promise(() => undefined);
      },
      { options },
    );
    const result = streaming(await tool(undefined, { ...CONTEXT, signal: abort.signal }));
    const iterator = result.value as AsyncIterator<string>;
    await iterator.next();
    const next = iterator.next().catch((error: unknown) => error);
    if (status === 'cancelled') abort.abort();
    const cut = await next;
    expect(GovernError.is(cut) && cut.code).toBe('GOVERN_STREAM_CUT');
    expect(await result.ended).toMatchObject({ status });
    expect(await bodiesOf(log, 'execution.ended')).toMatchObject([{ status, executed: true }]);
  });

  test('longer than what is put on record is a fact nobody has', async () => {
    const asked: unknown[] = [];
    const { log, tool } = await governed(words, {
      parts: {
        maxStreamItems: 1,
        facts: true,
        scope: async ({ calls }) => {
          asked.push(calls);
          return decision('allow');
        },
      },
    });
    await read(streaming(await tool(undefined, CONTEXT)).value);
    await tool(undefined, CONTEXT);
    expect(asked[1]).toEqual([{ tool: 'tool', args: expect.anything(), labels: [] }]);
    const [ended] = await bodiesOf(log, 'execution.ended');
    expect(ended).not.toHaveProperty('values');
  });

  test('passes where its operator says so, and the record says who was not asked', async () => {
    const { log, tool } = await governed(words, {
      parts: noCards,
      options: { stream: 'pass_through' },
    });
    await read(streaming(await tool(undefined, CONTEXT)).value);
    expect((await bodiesOf(log, 'execution.ended'))[0]?.not_asked).toContain('cards');
  });

  test('is held back for a redaction, whatever its operator says', async () => {
    const scope = constant('redact', [{ kind: 'redact', target: 'result', path: '' }]);
    const { tool } = await governed(words, {
      parts: { scope },
      options: { stream: 'pass_through' },
    });
    const result = await tool(undefined, CONTEXT);
    expect(result.status).toBe('completed');
    expect(await read(result.status === 'completed' && result.value)).toBe('[redacted]');
  });

  test('is seen in the shadow as it comes, even while the log is down', async () => {
    const { store, tool } = await governed(words, { parts: { ...noCards, mode: 'shadow' } });
    store.plan(() => 'fail');
    const result = streaming(await tool(undefined, CONTEXT));
    expect(await read(result.value)).toBe('my card 41111111');
  });
});
