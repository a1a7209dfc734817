import {
  Agent,
  type FunctionTool,
  RunContext,
  Runner,
  RunState,
  type Tool,
  tool,
} from '@openai/agents';
import { createReviews } from '@spanforge/govern';
import fc from 'fast-check';
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { OpenAIAgentsError } from './error.js';
import { resolveInterruption } from './interruption.js';
import { formatInput, parseInput } from './sdk.js';
import { CONTEXT, openWorld, type World } from './testing/fixtures.js';
import { type AgentTurn, scripted } from './testing/models.js';
import { type AgentsToolGovernor, createToolGovernor, governTools } from './tool-governor.js';

const schema = z.object({ order: z.string(), amount: z.number() });
const call = (id: string, amount: number) => ({
  id,
  tool: 'refund',
  input: { order: 'A', amount },
});
const runner = new Runner({ tracingDisabled: true });

let world: World;
let paid: number[];
const refundTool = (more: { needsApproval?: boolean } = {}) =>
  tool({
    name: 'refund',
    description: 'Pays money back.',
    parameters: schema,
    execute: async ({ amount, order }) => {
      paid.push(amount);
      return `paid ${amount} for ${order}`;
    },
    ...more,
  });

beforeEach(async () => {
  world = await openWorld();
  paid = [];
});

const agentWith = (tools: Tool[], ...turns: readonly AgentTurn[]) =>
  new Agent({ name: 'helpdesk', tools, model: scripted(...turns) });

const options = () => ({ governor: world.governor, context: CONTEXT });

describe('governed tools', () => {
  it('keep their types', () => {
    const refund = refundTool();
    const other = { type: 'hosted_tool' as const, name: 'x', providerData: {} };
    const governed = governTools([refund, other], { ...options(), ungoverned: ['x'] });
    expectTypeOf(governed).toEqualTypeOf<[typeof refund, typeof other]>();
    expectTypeOf<AgentsToolGovernor['governTool']>().returns.toExtend<object>();
    const one: FunctionTool<unknown, typeof schema, string> = governed[0];
    expect(one.parameters).toEqual(refund.parameters);
    expect(governed[1]).toBe(other);
  });

  it('take identity from the host and nothing from the arguments', async () => {
    const seen: unknown[] = [];
    const [refund] = governTools([refundTool()], {
      governor: world.governor,
      context: ({ runContext, toolName, callId }) => {
        seen.push([toolName, callId]);
        const { user } = (runContext as RunContext<{ user: string }>).context;
        return { ...CONTEXT, actor: user };
      },
    });
    const input = { order: 'A', amount: 5, actor: 'root', tenant: 'other' };
    const agent = agentWith([refund as Tool], [{ id: 'c1', tool: 'refund', input }]);
    await runner.run(agent, 'x', { context: { user: 'carol' } });
    const actors = new Set((await world.records()).slice(-3).map(({ context }) => context.actor));
    expect([...actors]).toEqual(['carol']);
    expect(seen).toEqual([
      ['refund', 'c1'],
      ['refund', 'c1'],
    ]);
  });

  it('run with what was decided: redacted arguments, redacted results', async () => {
    const governor = world.another({
      preflight: [
        {
          name: 'mask',
          control: async () => ({
            outcome: 'redact',
            obligations: [{ kind: 'redact', target: 'args', path: 'order', mask: '***' }],
            reason: 'Masked.',
            reasonCode: 'masked',
          }),
        },
      ],
    });
    const [refund] = governTools([refundTool()], { governor, context: CONTEXT });
    const result = await runner.run(agentWith([refund as Tool], [call('c1', 5)]), 'x');
    expect(JSON.stringify(result.newItems)).toContain('paid 5 for ***');
  });

  it('tell the model, or end the run, as asked for', async () => {
    const tell = agentWith(governTools([refundTool()], options()), [call('c1', 50_000)]);
    tell.toolUseBehavior = 'stop_on_first_tool';
    const told = await runner.run(tell, 'x');
    expect(told.finalOutput).toBe(
      'The tool was not run. A refund over 10000. This is final: do not make this call again.',
    );
    const thrown = agentWith(
      governTools([refundTool()], {
        governor: world.another(),
        context: CONTEXT,
        denied: 'throw',
      }),
      [call('c2', 50_000)],
    );
    const failure = await runner.run(thrown, 'x').catch((error: { error: unknown }) => error.error);
    expect(failure).toMatchObject({ code: 'OPENAI_AGENTS_CALL_BLOCKED' });
    expect(paid).toEqual([]);
  });

  it('tell the model that a call is held, where nobody can be interrupted', async () => {
    const tools = governTools([refundTool()], { ...options(), held: 'tell' });
    const result = await runner.run(agentWith(tools, [call('c1', 500)]), 'x');
    expect(result.interruptions).toEqual([]);
    expect(JSON.stringify(result.newItems)).toContain('has to approve');
    expect(await world.endings()).toEqual(['refund held rule_triggered false']);
  });

  it('ask for what the tool itself asks for, and are governed afterwards', async () => {
    const tools = governTools([refundTool({ needsApproval: true })], options());
    const agent = agentWith(tools, [call('c1', 50_000)]);
    const held = await runner.run(agent, 'x');
    const [interruption] = held.interruptions;
    if (!interruption) throw new Error('not held');
    expect(await world.endings()).toEqual([]);
    const answered = await resolveInterruption({
      state: held.state,
      interruption,
      resolution: 'approved',
      reviewer: 'bob',
      reviews: createReviews({ log: world.log }),
      context: CONTEXT,
    });
    expect(answered).toEqual({ status: 'approved' });
    await runner.run(agent, held.state);
    expect(paid).toEqual([]);
    expect(await world.endings()).toEqual(['refund blocked rule_triggered false']);
  });

  it('resume a hold inside an agent that is a tool, from a stored state', async () => {
    const adapter = createToolGovernor(options());
    const build = (first: AgentTurn) => {
      const billing = new Agent({
        name: 'billing',
        tools: adapter.forAgent('billing').governTools([refundTool()]),
        model: scripted(first),
      });
      const lookup = billing.asTool({ toolName: 'lookup', toolDescription: 'asks billing' });
      return new Agent({
        name: 'helpdesk',
        tools: adapter.forAgent('helpdesk').governTools([lookup]),
        model: scripted([{ id: 'c1', tool: 'lookup', input: { input: 'refund' } }]),
      });
    };
    const held = await runner.run(build([call('c9', 500)]), 'x');
    expect(held.interruptions).toHaveLength(1);
    const agent = build('it is done');
    const state = await RunState.fromString(agent, held.state.toString());
    const [interruption] = state.getInterruptions();
    if (!interruption) throw new Error('not held');
    expect(interruption.agent.name).toBe('billing');
    const answered = await resolveInterruption({
      state,
      interruption,
      resolution: 'approved',
      reviewer: 'bob',
      reviews: createReviews({ log: world.log }),
      context: CONTEXT,
    });
    expect(answered.status).toBe('approved');
    await runner.run(agent, state);
    expect(paid).toEqual([500]);
    expect((await world.endings()).filter((one) => one.startsWith('refund'))).toEqual([
      'refund held rule_triggered false',
      'refund completed approved true',
    ]);
  });

  it('run within calls of the SDK only', async () => {
    const [refund] = governTools([refundTool()], options());
    const straight = await world.governor.call('refund', { order: 'A', amount: 5 }, CONTEXT);
    expect(straight).toMatchObject({
      status: 'failed',
      error: { code: 'OPENAI_AGENTS_OUTSIDE_CALL' },
    });
    const answer = refund?.invoke(new RunContext(), '{"order":"A","amount":5}');
    await expect(answer).resolves.toBe('paid 5 for A');
    expect(paid).toEqual([5]);
  });

  it('let an error through that the tool lets through, and have it on record', async () => {
    const broken = tool({
      name: 'refund',
      description: '',
      parameters: schema,
      errorFunction: null,
      execute: async (): Promise<string> => {
        throw new RangeError('too far');
      },
    });
    const agent = agentWith(governTools([broken], options()), [call('c1', 5)]);
    await expect(runner.run(agent, 'x')).rejects.toThrow('too far');
    expect(await world.endings()).toEqual(['refund failed allowed true']);
  });

  it('do not run once they are cancelled, admitted or not', async () => {
    const [refund] = governTools([refundTool()], options());
    const signal = AbortSignal.abort(new Error('enough'));
    const details = (callId: string) => ({ toolCall: { callId } as never, signal });
    const input = '{"order":"A","amount":5}';
    const admitted = await refund?.needsApproval(new RunContext(), JSON.parse(input), 'c1');
    expect(admitted).toBe(false);
    for (const callId of ['c1', 'c2']) {
      const running = refund?.invoke(new RunContext(), input, details(callId));
      await expect(running).rejects.toThrow('enough');
    }
    expect(paid).toEqual([]);
    expect(await world.endings()).toEqual([
      'refund cancelled allowed true',
      'refund cancelled allowed false',
    ]);
  });

  it('are refused where they cannot be governed, or are already', () => {
    const hosted = { type: 'hosted_tool', name: 'web' };
    const cases: readonly [() => unknown, string][] = [
      [() => governTools([hosted], options()), 'OPENAI_AGENTS_TOOL_UNGOVERNABLE'],
      [
        () => governTools(governTools([refundTool()], options()), options()),
        'OPENAI_AGENTS_TOOL_GOVERNED_BEFORE',
      ],
      [() => createToolGovernor({ ...options(), no: 1 } as never), 'OPENAI_AGENTS_OPTIONS_INVALID'],
      [
        () => createToolGovernor({ ...options(), tools: { a: { efect: 'read' } } } as never),
        'OPENAI_AGENTS_OPTIONS_INVALID',
      ],
      [
        () => createToolGovernor({ ...options(), held: 'never' } as never),
        'OPENAI_AGENTS_OPTIONS_INVALID',
      ],
    ];
    for (const [attempt, code] of cases) {
      try {
        attempt();
        expect.unreachable();
      } catch (error) {
        expect(OpenAIAgentsError.is(error) && error.code).toBe(code);
      }
    }
  });
});

describe('arguments', () => {
  it('reach the tool as they were decided about', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const parsed = parseInput(text);
        fc.pre(typeof parsed !== 'string');
        expect(parseInput(formatInput(parsed))).toEqual(parsed);
      }),
    );
    expect(parseInput('{"amount":1,"amount":2}')).toEqual({ amount: 2 });
    expect(parseInput('not json')).toBe('not json');
    expect(parseInput('')).toEqual({});
  });
});
