import { ToolMessage } from '@langchain/core/messages';
import { RunnableLambda } from '@langchain/core/runnables';
import { Command, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { createMemoryStore } from '@spanforge/core-events/log';
import { createGovernor } from '@spanforge/govern';
import { createAgent, tool } from 'langchain';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { createGovernance, governanceMiddleware, governTool } from './index.js';
import {
  answersOf,
  bodiesOf,
  CONTEXT,
  createWorld,
  endingsOf,
  HELLO,
  openLog,
  pay,
  payTool,
  questionsOf,
  scripted,
  thread,
} from './testing/fixtures.js';

const FINAL = ' This is final: do not make this call again.';

const CARD = '4111111111111111';
const lookup = (
  run: (input: { id: string }) => unknown,
  responseFormat?: 'content_and_artifact',
  name = 'lookup',
) =>
  tool(run as never, {
    name,
    description: 'Finds a customer.',
    schema: z.object({ id: z.string() }),
    ...(responseFormat ? { responseFormat } : {}),
  });
const LOOKUP = { name: 'lookup', args: { id: 'x' }, id: 'c1', type: 'tool_call' } as const;
const REDACT = { kind: 'redact', target: 'result', path: '', mask: '****' } as const;
const masking = {
  postflight: [
    {
      name: 'mask',
      control: async () => ({
        outcome: 'redact' as const,
        obligations: [REDACT],
        reason: 'Cards are masked.',
        reasonCode: 'masked',
      }),
    },
  ],
};

describe('an agent', () => {
  test('is allowed, denied and held, and goes on', async () => {
    const { start, effects, checkpointer } = createWorld();
    const { governance, log } = await start();
    const agent = createAgent({
      model: scripted([pay('c1', 20)], [pay('c2', 5000)], [pay('c3', 500)]),
      tools: [payTool(effects)],
      middleware: [governance.middleware()],
      checkpointer,
    });
    const held = await agent.invoke(HELLO, thread());
    expect(effects).toEqual([{ to: 'ada', amount: 20 }]);
    const [question] = questionsOf(held);
    expect(question?.value).toEqual({
      kind: 'spanforge_review',
      reviewId: expect.any(String),
      about: 'call',
      tool: 'pay',
      callId: 'c3',
      args: { to: 'ada', amount: 500 },
      reason: 'Rule wait applies.',
      reasonCode: expect.any(String),
    });
    const resume = { reviewId: question?.value.reviewId, resolution: 'approved', reviewer: 'bob' };
    const done = await agent.invoke(new Command({ resume }), thread());
    expect(answersOf(done)).toEqual([
      'paid 20 to ada',
      `Not done: Rule never applies.${FINAL}`,
      'paid 500 to ada',
    ]);
    expect(await endingsOf(log)).toEqual(['completed', 'blocked', 'held', 'held', 'completed']);
  });

  test('is told that a tool threw, as without a middleware', async () => {
    const { start } = createWorld();
    const { governance, log } = await start();
    const broken = lookup(() => {
      throw new Error('no such customer');
    });
    const state = await createAgent({
      model: scripted([LOOKUP]),
      tools: [broken],
      middleware: [governance.middleware()],
    }).invoke(HELLO);
    expect(answersOf(state)).toEqual(['Error: no such customer\n Please fix your mistakes.']);
    expect(await endingsOf(log)).toEqual(['failed']);
  });

  test('whose arguments do not parse is told so, and nothing runs', async () => {
    const { start, effects } = createWorld();
    const { governance } = await start();
    const state = await createAgent({
      model: scripted([{ name: 'pay', args: { amount: 'much' }, id: 'c1' }]),
      tools: [payTool(effects)],
      middleware: [governance.middleware()],
    }).invoke(HELLO);
    expect(answersOf(state)[0]).toContain('did not match expected schema');
    expect(effects).toEqual([]);
  });

  test('that cannot be asked is told that a person has to decide', async () => {
    const { start, effects, checkpointer } = createWorld();
    const { governance } = await start();
    const message = await start({ held: 'tell' });
    const desk = (
      middleware: ReturnType<typeof governance.middleware>,
      saver?: typeof checkpointer,
    ) =>
      createAgent({
        model: scripted([pay(saver ? 'c1' : 'c2', 500)]),
        tools: [payTool(effects)],
        middleware: [middleware],
        ...(saver ? { checkpointer: saver } : {}),
      });
    const text =
      'Not done yet, a person has to decide: Rule wait applies. A person decides. Make the same call again once it is approved.';
    expect(answersOf(await desk(governance.middleware()).invoke(HELLO))).toEqual([text]);
    const own = message.governance.middleware();
    expect(answersOf(await desk(own, checkpointer).invoke(HELLO, thread()))).toEqual([text]);
    expect(effects).toEqual([]);
  });

  test('goes on with what was decided elsewhere, where no reviews are given', async () => {
    const { start, effects, checkpointer } = createWorld();
    const { reviews, governor } = await start();
    const agent = createAgent({
      model: scripted([pay('c1', 500)]),
      tools: [payTool(effects)],
      middleware: [governanceMiddleware({ governor, context: CONTEXT })],
      checkpointer,
    });
    const held = await agent.invoke(HELLO, thread());
    const reviewId = questionsOf(held)[0]?.value.reviewId as string;
    const resume = { reviewId, resolution: 'approved', reviewer: 'bob' };
    const still = await agent.invoke(new Command({ resume }), thread());
    expect(questionsOf(still)[0]?.value.reviewId).toBe(reviewId);
    await reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob' });
    await agent.invoke(new Command({ resume: true }), thread());
    expect(effects).toHaveLength(1);
  });

  test('is given a withheld result once a person has released it, without another run', async () => {
    const { start, effects, checkpointer } = createWorld();
    let late: 'human_review' | 'allow' = 'human_review';
    const control = async () => ({
      outcome: late,
      obligations: [],
      reason: 'Look at it.',
      reasonCode: 'late',
    });
    const { governance } = await start({}, { postflight: [{ name: 'late', control }] });
    const agent = createAgent({
      model: scripted([pay('c1', 20)]),
      tools: [payTool(effects)],
      middleware: [governance.middleware()],
      checkpointer,
    });
    const withheld = await agent.invoke(HELLO, thread());
    const [question] = questionsOf(withheld);
    expect(question?.value).toMatchObject({ about: 'result', tool: 'pay' });
    late = 'allow';
    const resume = { reviewId: question?.value.reviewId, resolution: 'approved', reviewer: 'bob' };
    const done = await agent.invoke(new Command({ resume }), thread());
    expect(answersOf(done)).toEqual(['paid 20 to ada']);
    expect(effects).toHaveLength(1);
  });

  test('whose call ran and has no ending on record is stopped, its result unseen', async () => {
    const store = createMemoryStore();
    let down = false;
    const append: typeof store.append = (groups) =>
      down ? Promise.reject(new Error('disk full')) : store.append(groups);
    const { start, effects } = createWorld({ ...store, append });
    const { governance } = await start();
    const breaking = lookup(({ id }) => {
      effects.push(id);
      down = true;
      return 'secret';
    });
    const agent = createAgent({
      model: scripted([LOOKUP]),
      tools: [breaking],
      middleware: [governance.middleware()],
    });
    await expect(agent.invoke(HELLO)).rejects.toThrow(/ending/);
    expect(effects).toEqual(['x']);
  });
});

describe('a tool', () => {
  test('answers with what was released, whatever form it answers in', async () => {
    const { start } = createWorld();
    const { governance } = await start({}, masking);
    const forms = [
      lookup(() => CARD),
      lookup(() => [CARD, { card: CARD }], 'content_and_artifact'),
      lookup(
        () =>
          new ToolMessage({
            content: CARD,
            artifact: CARD,
            tool_call_id: 'x',
            additional_kwargs: { card: CARD },
          }),
      ),
      lookup(() => new Command({ update: { card: CARD } })),
    ];
    for (const [n, form] of forms.entries()) {
      const answer = await governance.tool(form).invoke({ ...LOOKUP, id: `c${n}` });
      expect(JSON.stringify(answer)).not.toContain(CARD);
      expect(answer).toMatchObject({ content: '****' });
    }
  });

  test('that answers with a message or an artifact keeps it where nothing is redacted', async () => {
    const { start } = createWorld();
    const { governance } = await start();
    const message = new ToolMessage({ content: 'hello', tool_call_id: 'c1', artifact: { n: 1 } });
    expect(await governance.tool(lookup(() => message, undefined, 'count')).invoke(LOOKUP)).toBe(
      message,
    );
    const pair = lookup(() => ['hello', { n: 1 }], 'content_and_artifact', 'count');
    const other = await createWorld().start();
    const answer = await other.governance.tool(pair).invoke({ ...LOOKUP, id: 'c2' });
    expect(answer).toMatchObject({ content: 'hello', artifact: { n: 1 }, status: 'success' });
  });

  test('that takes too long is told by its signal, and given up', async () => {
    const { start } = createWorld();
    const { governance, log } = await start({ tools: { lookup: { toolTimeoutMs: 20 } } });
    const told: unknown[] = [];
    const slow = tool(
      (_: object, { signal }) => {
        signal?.addEventListener('abort', () => told.push('aborted'));
        return new Promise(() => undefined);
      },
      { name: 'lookup', description: 'Finds.', schema: z.object({}) },
    );
    expect(await governance.tool(slow).invoke({ ...LOOKUP, args: {} })).toMatchObject({
      status: 'error',
      content: expect.stringContaining('No answer in time'),
    });
    expect(told).toEqual(['aborted']);
    expect(await endingsOf(log)).toEqual(['timed_out']);
  });

  test('that answers with a stream has it held until its ending is on record', async () => {
    const log = await openLog(createMemoryStore());
    const governor = createGovernor({ log });
    const stream = () => ReadableStream.from(['a', 'b']);
    const safe = governTool(lookup(stream), { governor, context: CONTEXT });
    const answer = (await safe.invoke({ id: 'x' })) as unknown as AsyncIterable<string>;
    expect(await endingsOf(log)).toEqual(['completed']);
    const parts: string[] = [];
    for await (const part of answer) parts.push(part);
    expect(parts.join('')).toBe('ab');
  });

  test('is given redacted arguments', async () => {
    const { start, effects } = createWorld();
    const redact = { kind: 'redact', target: 'args', path: 'to' } as const;
    const control = async () => ({
      outcome: 'redact' as const,
      obligations: [redact],
      reason: 'Names are masked.',
      reasonCode: 'masked',
    });
    const { governance } = await start({}, { preflight: [{ name: 'mask', control }] });
    await governance.tool(payTool(effects)).invoke({ ...pay('c1', 5), type: 'tool_call' });
    expect(effects).toEqual([{ to: '[redacted]', amount: 5 }]);
  });

  test('that is a runnable is governed by each of its ways in', async () => {
    const { start, effects } = createWorld();
    const { governance } = await start();
    const runnable = RunnableLambda.from(({ amount }: { amount: number }) => {
      effects.push(amount);
      return 'done';
    }).asTool({ name: 'pay', description: 'Pays.', schema: z.object({ amount: z.number() }) });
    const safe = governance.tool(runnable);
    expect(await safe.invoke({ amount: 5 })).toBe('done');
    for await (const part of await safe.stream({ amount: 6 })) expect(part).toBe('done');
    await expect(safe.invoke({ amount: 5000 })).rejects.toThrow('Not done');
    await expect(safe.batch([{ amount: 5000 }])).rejects.toThrow('Not done');
    await expect(safe.func({ amount: 5000 } as never)).rejects.toThrow('Not done');
    expect(effects).toEqual([5, 6]);
  });

  test('is governed once, in an agent too, and keeps its type and class', async () => {
    const { start, effects } = createWorld();
    const { governance, log, governor } = await start();
    const bare = payTool(effects);
    const safe = governance.tool(bare);
    expect(governance.tool(safe)).toBe(safe);
    expectTypeOf(safe).toEqualTypeOf(bare);
    const single = { name: 'other', description: 'Other.', schema: z.object({ n: z.number() }) };
    const other = tool(({ n }: { n: number }) => n, single);
    expectTypeOf(governTool(other, { governor, context: CONTEXT })).toEqualTypeOf(other);
    expect(safe).toBeInstanceOf(bare.constructor);
    const agent = createAgent({
      model: scripted([pay('c1', 20)]),
      tools: [safe],
      middleware: [governance.middleware()],
    });
    expect(answersOf(await agent.invoke(HELLO))).toEqual(['paid 20 to ada']);
    expect(await endingsOf(log)).toEqual(['completed']);
  });

  test('in a node of a sub-graph is told who calls by the host, never by its arguments', async () => {
    const { start, effects } = createWorld();
    const { governance, log } = await start({
      context: ({ configurable, tool: name, toolCallId }) => ({
        ...CONTEXT,
        actor: String(configurable.user),
        callId: `${name}:${toolCallId ?? 'none'}`,
      }),
    });
    const safe = governance.tool(payTool(effects));
    const inner = new StateGraph(MessagesAnnotation)
      .addNode('pay', async () => {
        await safe.invoke({ ...pay('c1', 20), type: 'tool_call' });
        return {};
      })
      .addEdge(START, 'pay')
      .compile();
    const outer = new StateGraph(MessagesAnnotation)
      .addNode('inner', inner)
      .addEdge(START, 'inner')
      .compile();
    await outer.invoke(HELLO, { configurable: { user: 'carol' } });
    const { records } = await log.query({ tenant: 'acme', limit: 1000 });
    const ended = records.find(({ type }) => type === 'spanforge.execution.ended.v1');
    expect(ended).toMatchObject({ context: { actor: 'carol' }, body: { call_id: 'pay:c1' } });
    expect(effects).toHaveLength(1);
  });

  test('that interrupts by itself was begun, and is not begun again unless it only reads', async () => {
    for (const effect of ['write', 'read'] as const) {
      const { start, effects, checkpointer } = createWorld();
      const { governance } = await start({ tools: { lookup: { effect } } });
      const asking = tool(
        async () => {
          effects.push(interrupt({ ask: 'who' }));
          return 'done';
        },
        { name: 'lookup', description: 'Asks.', schema: z.object({}) },
      );
      const agent = createAgent({
        model: scripted([{ ...LOOKUP, args: {} }]),
        tools: [asking],
        middleware: [governance.middleware()],
        checkpointer,
      });
      const asked = await agent.invoke(HELLO, thread());
      expect(questionsOf(asked)).toHaveLength(1);
      await agent.invoke(new Command({ resume: 'yes' }), thread());
      expect(effects).toEqual(effect === 'read' ? ['yes'] : []);
    }
  });
});

test('one governance serves many agents over one governor', async () => {
  const { start, effects } = createWorld();
  const { governance, governor, log } = await start();
  for (const id of ['c1', 'c2']) {
    const agent = createAgent({
      model: scripted([pay(id, 20)]),
      tools: [payTool(effects)],
      middleware: [governance.middleware()],
    });
    await agent.invoke(HELLO);
  }
  expect(effects).toHaveLength(2);
  expect(await bodiesOf(log, 'execution.started')).toHaveLength(2);
  const declared = { governor, context: CONTEXT, tools: { pay: {} } };
  expect(() => createGovernance(declared)).toThrow(/governed already/);
});
