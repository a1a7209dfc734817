import { createReviews } from '@spanforge/govern';
import {
  dynamicTool,
  generateText,
  type InferToolInput,
  type InferToolOutput,
  type ModelMessage,
  stepCountIs,
  streamText,
  type TypedToolCall,
  tool,
} from 'ai';
import fc from 'fast-check';
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { resolveApprovals } from './approvals.js';
import { AiSdkError } from './error.js';
import { stopOnDenial } from './stop.js';
import { CONTEXT, openWorld, type World } from './testing/fixtures.js';
import { scripted } from './testing/models.js';
import { createToolGovernor, governTools } from './tool-governor.js';

const schema = z.object({ order: z.string(), amount: z.number() });
const stopWhen = stepCountIs(5);
const call = (id: string, amount: number) => ({
  id,
  tool: 'refund',
  input: { order: 'A', amount },
});

let world: World;
let paid: number[];
const refundTool = () =>
  tool({
    inputSchema: schema,
    execute: ({ amount, order }) => {
      paid.push(amount);
      return { text: `paid ${amount} for ${order}` };
    },
  });

beforeEach(async () => {
  world = await openWorld();
  paid = [];
});

const options = () => ({ governor: world.governor, context: CONTEXT });

describe('governed tools', () => {
  it('keep their types', () => {
    const tools = {
      refund: refundTool(),
      lookup: tool({
        inputSchema: z.object({ id: z.string() }),
        async *execute({ id }) {
          yield id.length;
        },
      }),
      search: tool({ inputSchema: z.object({}), outputSchema: z.string() }),
      other: dynamicTool({ inputSchema: z.object({}), execute: async () => 1 }),
    };
    const governed = governTools(tools, { ...options(), ungoverned: ['search'] });
    expectTypeOf(governed).toEqualTypeOf<typeof tools>();
    type Refund = typeof governed.refund;
    expectTypeOf<InferToolInput<Refund>>().toEqualTypeOf<{ order: string; amount: number }>();
    expectTypeOf<InferToolOutput<Refund>>().toEqualTypeOf<{ text: string }>();
    expectTypeOf<InferToolOutput<typeof governed.lookup>>().toEqualTypeOf<number>();
    expectTypeOf<TypedToolCall<typeof governed>>().toEqualTypeOf<TypedToolCall<typeof tools>>();
  });

  it('keep everything else of a tool, frozen ones and class instances too', () => {
    class Refund {
      readonly inputSchema = schema;
      readonly title = 'Refund';
      execute() {
        return this.title;
      }
    }
    const frozen = Object.freeze({ ...refundTool(), strict: true });
    const governed = governTools({ refund: new Refund(), lookup: frozen }, options());
    expect(governed.refund).toBeInstanceOf(Refund);
    expect(governed.refund.title).toBe('Refund');
    expect(governed.lookup.strict).toBe(true);
    expect(governed.lookup.inputSchema).toBe(schema);
  });

  it('take identity from the host and nothing from the arguments', async () => {
    const seen: unknown[] = [];
    const tools = governTools(
      { refund: refundTool() },
      {
        governor: world.governor,
        context: ({ hostContext, toolName, toolCallId }) => {
          seen.push([toolName, toolCallId]);
          return { ...CONTEXT, actor: (hostContext as { user: string }).user };
        },
      },
    );
    const input = { order: 'A', amount: 5, actor: 'root', tenant: 'other' };
    const model = scripted([{ id: 'c1', tool: 'refund', input }]);
    const experimental_context = { user: 'carol' };
    await generateText({ model, tools, prompt: 'x', stopWhen, experimental_context });
    const actors = new Set((await world.records()).slice(-3).map(({ context }) => context.actor));
    expect([...actors]).toEqual(['carol']);
    expect(seen).toEqual([
      ['refund', 'c1'],
      ['refund', 'c1'],
    ]);
  });

  it('run with what was decided: redacted arguments, redacted results', async () => {
    const mask = (target: 'args' | 'result', path: string) =>
      ({ kind: 'redact', target, path, mask: '***' }) as const;
    const governor = world.another({
      preflight: [
        {
          name: 'mask',
          control: async ({ callId }) => ({
            outcome: 'redact',
            obligations: [callId === 'c1' ? mask('args', 'order') : mask('result', 'text')],
            reason: 'Masked.',
            reasonCode: 'masked',
          }),
        },
      ],
    });
    const tools = governTools({ refund: refundTool() }, { governor, context: CONTEXT });
    const model = scripted([call('c1', 5), call('c2', 6)]);
    const { steps } = await generateText({ model, tools, prompt: 'x', stopWhen });
    expect(steps[0]?.toolResults.map(({ output }) => output)).toEqual([
      { text: 'paid 5 for ***' },
      { text: '***' },
    ]);
  });

  it('stream what may be seen, part by part, and answer with the last', async () => {
    const governor = world.another({ policy: undefined as never, scope: undefined as never });
    const counting = tool({
      inputSchema: schema,
      async *execute() {
        yield 'one';
        yield 'two';
      },
    });
    const plain = tool({
      inputSchema: schema,
      execute: () => counting.execute?.({} as never, {} as never),
    });
    const tools = governTools(
      { refund: counting, lookup: plain as typeof counting },
      { governor, context: CONTEXT },
    );
    const model = scripted([call('c1', 5), { ...call('c2', 5), tool: 'lookup' }], 'done');
    const result = streamText({ model, tools, prompt: 'x', stopWhen });
    const shown: (readonly [string, boolean, unknown])[] = [];
    for await (const part of result.fullStream) {
      if (part.type === 'tool-result') {
        shown.push([part.toolName, part.preliminary ?? false, part.output]);
      }
    }
    expect(shown.filter(([name]) => name === 'refund')).toEqual([
      ['refund', true, 'one'],
      ['refund', true, 'two'],
      ['refund', false, 'two'],
    ]);
    expect(shown.filter(([name]) => name === 'lookup')).toEqual([['lookup', false, 'two']]);
    expect((await world.endings()).sort()).toEqual([
      'lookup completed allowed true',
      'refund completed allowed true',
    ]);
  });

  it('ask in a streaming run, and run there when a person said yes', async () => {
    const tools = governTools({ refund: refundTool() }, options());
    const messages: ModelMessage[] = [{ role: 'user', content: 'x' }];
    const held = streamText({ model: scripted([call('c1', 500)]), tools, messages, stopWhen });
    const request = (await held.content).find((part) => part.type === 'tool-approval-request');
    if (request?.type !== 'tool-approval-request') throw new Error('nothing was held');
    messages.push(...(await held.response).messages, {
      role: 'tool',
      content: [{ type: 'tool-approval-response', approvalId: request.approvalId, approved: true }],
    });
    const reviews = createReviews({ log: world.log });
    const answers = { messages, reviews, context: CONTEXT, reviewer: 'bob' };
    expect(await resolveApprovals(answers)).toMatchObject([{ status: 'approved' }]);
    expect(await resolveApprovals(answers)).toMatchObject([{ status: 'approved' }]);
    await streamText({ model: scripted('done'), tools, messages, stopWhen }).consumeStream();
    expect(paid).toEqual([500]);
  });

  it('tell the model why and go on, or stop where asked', async () => {
    const tools = governTools({ refund: refundTool() }, options());
    const model = scripted([call('c1', 50_000)], [call('c2', 5)], 'done');
    const went = await generateText({ model, tools, prompt: 'x', stopWhen });
    expect(went.steps).toHaveLength(3);
    expect(JSON.stringify(model.doGenerateCalls[1]?.prompt)).toContain('A refund over 10000.');
    const stopped = await generateText({
      model: scripted([call('c3', 50_000)], [call('c4', 5)]),
      tools,
      prompt: 'x',
      stopWhen: [stopWhen, stopOnDenial()],
    });
    expect(stopped.steps).toHaveLength(1);
    expect(paid).toEqual([5]);
  });

  it('give back what the tool threw', async () => {
    const broken = tool({
      inputSchema: schema,
      execute: (): string => {
        throw new RangeError('too far');
      },
    });
    const tools = governTools({ refund: broken }, options());
    const model = scripted([call('c1', 5)]);
    const { steps } = await generateText({ model, tools, prompt: 'x', stopWhen });
    expect(steps[0]?.content.at(-1)).toMatchObject({
      type: 'tool-error',
      error: RangeError('too far'),
    });
    expect(await world.endings()).toEqual(['refund failed allowed true']);
  });

  it('run within calls of the SDK only', async () => {
    governTools({ refund: refundTool() }, options());
    const straight = await world.governor.call('refund', { order: 'A', amount: 5 }, CONTEXT);
    expect(straight).toMatchObject({ status: 'failed', error: { code: 'AI_SDK_OUTSIDE_CALL' } });
    expect(paid).toEqual([]);
  });

  it('are asked about their own approval first', async () => {
    const asking = { ...refundTool(), needsApproval: true as const };
    const tools = governTools({ refund: asking }, options());
    const held = await generateText({ model: scripted([call('c1', 5)]), tools, prompt: 'x' });
    expect(held.content.at(-1)).toMatchObject({ type: 'tool-approval-request' });
    expect(await world.endings()).toEqual([]);
  });

  it('that run elsewhere are refused, or on record as shadows', async () => {
    const search = {
      type: 'provider' as const,
      id: 'fake.search' as const,
      args: {},
      inputSchema: z.object({ q: z.string() }),
    };
    expect(() => governTools({ search }, options())).toThrow('runs elsewhere');
    const adapter = createToolGovernor({ ...options(), ungoverned: ['search'] });
    const tools = adapter.govern({ search });
    const seen = { id: 'p1', tool: 'search', input: { q: 'x' }, provider: 'found' };
    await generateText({ model: scripted([seen]), tools: tools as never, prompt: 'x' });
    await streamText({
      model: scripted([{ ...seen, id: 'p2' }]),
      tools: tools as never,
      prompt: 'x',
    }).consumeStream();
    const ended = (await world.records()).filter(({ type }) => type.includes('execution.ended'));
    expect(ended.map(({ mode, body }) => [mode, body.tool, body.call_id])).toEqual([
      ['shadow', 'search', 'p1'],
      ['shadow', 'search', 'p2'],
    ]);
  });

  it('are refused where options are wrong, or they are governed already', () => {
    const twice = () => governTools(governTools({ refund: refundTool() }, options()), options());
    const cases: readonly [() => unknown, string][] = [
      [twice, 'AI_SDK_TOOL_GOVERNED_BEFORE'],
      [() => createToolGovernor({ ...options(), no: 1 } as never), 'AI_SDK_OPTIONS_INVALID'],
      [
        () => createToolGovernor({ ...options(), tools: { a: { efect: 'read' } } } as never),
        'AI_SDK_OPTIONS_INVALID',
      ],
      [
        () => createToolGovernor({ ...options(), held: 'never' } as never),
        'AI_SDK_OPTIONS_INVALID',
      ],
      [() => createToolGovernor({ ...options(), admissionTimeoutMs: 0 }), 'AI_SDK_OPTIONS_INVALID'],
    ];
    for (const [attempt, code] of cases) {
      try {
        attempt();
        expect.unreachable();
      } catch (error) {
        expect(AiSdkError.is(error) && error.code).toBe(code);
      }
    }
  });
});

describe('answers in messages', () => {
  it('that are no messages are no answers, whatever they are', async () => {
    const reviews = createReviews({ log: world.log });
    const part = fc.record({
      type: fc.constantFrom('tool-approval-request', 'tool-approval-response', 'text'),
      approvalId: fc.oneof(fc.constantFrom('a', '__proto__'), fc.jsonValue()),
      toolCallId: fc.oneof(fc.constant('c1'), fc.jsonValue()),
      approved: fc.jsonValue(),
      reason: fc.jsonValue(),
    });
    const message = fc.oneof(
      fc.jsonValue(),
      fc.record({
        role: fc.constantFrom('assistant', 'tool', 'user'),
        content: fc.oneof(fc.jsonValue(), fc.array(fc.oneof(part, fc.jsonValue()))),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(message), async (messages) => {
        const given = messages as never[];
        const answers = { messages: given, reviews, context: CONTEXT, reviewer: 'bob' };
        const resolved = await resolveApprovals(answers);
        expect(resolved.every(({ status }) => status === 'unknown')).toBe(true);
      }),
    );
  });
});
