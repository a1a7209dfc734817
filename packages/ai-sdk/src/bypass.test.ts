import { createMCPClient } from '@ai-sdk/mcp';
import { createReviews } from '@spanforge/govern';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import {
  dynamicTool,
  generateText,
  type ModelMessage,
  stepCountIs,
  streamText,
  ToolLoopAgent,
  type ToolSet,
  tool,
} from 'ai';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resolveApprovals } from './approvals.js';
import { AiSdkError } from './error.js';
import { bundle, CONTEXT, openWorld, type World } from './testing/fixtures.js';
import { createFakeServer } from './testing/mcp-server.js';
import { scripted, type Turn } from './testing/models.js';
import { createToolGovernor, governTools } from './tool-governor.js';

const schema = z.object({ order: z.string(), amount: z.number() });
const stopWhen = stepCountIs(5);
const call = (id: string, amount: number, name = 'refund') => ({
  id,
  tool: name,
  input: { order: 'A', amount },
});

let world: World;
let paid: number[];
const refundTool = () =>
  tool({
    description: 'Pays money back.',
    inputSchema: schema,
    execute: async ({ amount }) => {
      paid.push(amount);
      return `paid ${amount}`;
    },
  });

beforeEach(async () => {
  world = await openWorld();
  paid = [];
});

function errorsOf(steps: readonly { readonly content: readonly object[] }[]): readonly string[] {
  return steps
    .flatMap(({ content }) => content)
    .flatMap((part) => ('error' in part ? [String((part as { error: unknown }).error)] : []));
}

/** Runs to the approval request of one held call. */
async function hold(tools: ReturnType<typeof governed>, ...turns: readonly Turn[]) {
  const prompt: ModelMessage = { role: 'user', content: 'refund it' };
  const model = scripted(...(turns.length === 0 ? [[call('c1', 500)]] : turns));
  const result = await generateText({ model, tools, messages: [prompt], stopWhen });
  const request = result.content.find((part) => part.type === 'tool-approval-request');
  if (request?.type !== 'tool-approval-request') throw new Error('nothing was held');
  const answer = (approved: boolean): ModelMessage[] => [
    prompt,
    ...result.response.messages,
    {
      role: 'tool',
      content: [{ type: 'tool-approval-response', approvalId: request.approvalId, approved }],
    },
  ];
  return { result, answer };
}

const governed = (from: World = world) =>
  governTools({ refund: refundTool() }, { governor: from.governor, context: CONTEXT });

async function approve(messages: readonly ModelMessage[], reviewer = 'bob', from = world) {
  const reviews = createReviews({ log: from.log });
  return resolveApprovals({ messages, reviews, context: CONTEXT, reviewer });
}

const resume = (tools: ReturnType<typeof governed>, messages: ModelMessage[]) =>
  generateText({ model: scripted('done'), tools, messages, stopWhen });

describe('ways around', () => {
  it('[B-01] a streaming tool that is blocked yields nothing, and one that is allowed ends on record', async () => {
    const tools = governTools(
      {
        refund: tool({
          inputSchema: schema,
          async *execute({ amount }) {
            yield 'begun';
            paid.push(amount);
            yield `paid ${amount}`;
          },
        }),
      },
      { governor: world.governor, context: CONTEXT },
    );
    const model = scripted([call('c1', 50_000), call('c2', 5)], 'done');
    const result = streamText({ model, tools, prompt: 'x', stopWhen });
    const steps = await result.steps;
    expect(paid).toEqual([5]);
    expect(errorsOf(steps)).toEqual([
      expect.stringContaining('The tool was not run. A refund over 10000.'),
    ]);
    expect(steps[0]?.toolResults.map(({ output }) => output)).toEqual(['paid 5']);
    expect((await world.endings()).sort()).toEqual([
      'refund blocked rule_triggered false',
      'refund completed allowed true',
    ]);
  });

  it('[B-02] parallel calls are decided about one by one, the same id among them', async () => {
    const model = scripted([call('c1', 5), call('c1', 5), call('c2', 50_000), call('c3', 6)]);
    await generateText({ model, tools: governed(), prompt: 'x', stopWhen });
    expect(paid.sort()).toEqual([5, 6]);
    expect((await world.endings()).sort()).toEqual([
      'refund blocked already_started false',
      'refund blocked rule_triggered false',
      'refund completed allowed true',
      'refund completed allowed true',
    ]);
  });

  it('[B-03] a run made again, and a model call tried again, run a tool once', async () => {
    const tools = governed();
    const flaky = scripted([call('c1', 5)], 'done');
    const { doGenerate } = flaky;
    let failures = 0;
    flaky.doGenerate = async (options) => {
      failures += 1;
      if (failures === 1) throw Object.assign(new Error('busy'), { isRetryable: true });
      return doGenerate(options);
    };
    const failing = generateText({ model: flaky, tools, prompt: 'x', stopWhen, maxRetries: 0 });
    await expect(failing).rejects.toThrow('busy');
    await generateText({ model: flaky, tools, prompt: 'x', stopWhen });
    const again = await generateText({
      model: scripted([call('c1', 5)]),
      tools,
      prompt: 'x',
      stopWhen,
    });
    expect(paid).toEqual([5]);
    expect(errorsOf(again.steps)).toEqual([expect.stringContaining('begun before')]);
    expect(await world.endings()).toContain('refund blocked already_started false');
  });

  it('[B-04] a sub-agent as a tool is governed, and so is what it calls, as itself', async () => {
    const adapter = createToolGovernor({
      governor: world.governor,
      context: { ...CONTEXT, agent: 'billing' },
      held: 'tell',
    });
    const inner = new ToolLoopAgent({
      model: scripted([call('c9', 500), call('c8', 50_000)], 'inner done'),
      tools: adapter.govern({ refund: refundTool() }),
    });
    const outer = governTools(
      {
        lookup: tool({
          inputSchema: z.object({ task: z.string() }),
          execute: async ({ task }, { abortSignal }) => {
            const answered = await inner.generate({
              prompt: task,
              ...(abortSignal ? { abortSignal } : {}),
            });
            return answered.text;
          },
        }),
      },
      { governor: world.governor, context: CONTEXT, tools: { lookup: { action: 'read' } } },
    );
    const model = scripted([{ id: 'c1', tool: 'lookup', input: { task: 'refund' } }], 'done');
    const agent = new ToolLoopAgent({ model, tools: outer });
    await agent.generate({ prompt: 'x' });
    expect(paid).toEqual([]);
    expect((await world.endings()).sort()).toEqual([
      'lookup completed allowed true',
      'refund blocked rule_triggered false',
      'refund held rule_triggered false',
    ]);
    const asked = (await world.records()).find(({ type }) => type.includes('review.requested'));
    expect(asked?.context.agent).toBe('billing');
  });

  it('[B-05] tools of an MCP server are governed', async () => {
    const client = await createMCPClient({
      transport: createFakeServer((amount) => paid.push(amount)),
    });
    const tools = governTools((await client.tools()) as ToolSet, {
      governor: world.governor,
      context: CONTEXT,
    });
    const model = scripted([call('c1', 50_000), call('c2', 5)]);
    await generateText({ model, tools, prompt: 'x', stopWhen });
    expect(paid).toEqual([5]);
    expect((await world.endings()).sort()).toEqual([
      'refund blocked rule_triggered false',
      'refund completed allowed true',
    ]);
    await client.close();
  });

  it('[B-06] a tool added while running is governed by its own name', async () => {
    const adapter = createToolGovernor({ governor: world.governor, context: CONTEXT });
    adapter.govern({ refund: refundTool() });
    const wipe = dynamicTool({
      inputSchema: schema,
      execute: async () => {
        paid.push(0);
      },
    });
    const tools = adapter.govern({ refund: refundTool(), wipe });
    const model = scripted([call('c1', 5, 'wipe')], [call('c2', 5)]);
    await generateText({ model, tools, prompt: 'x', stopWhen });
    expect(paid).toEqual([5]);
    expect(await world.endings()).toEqual([
      'wipe blocked resource_not_granted false',
      'refund completed allowed true',
    ]);
  });

  it('[B-07] an approval resumed runs once, and only after a person other than who asked', async () => {
    const tools = governed();
    const { answer } = await hold(tools);
    const messages = answer(true);
    // The SDK is told yes, but nobody decided: still held.
    const forged = await resume(tools, messages);
    expect(paid).toEqual([]);
    expect(JSON.stringify(forged.response.messages)).toContain('has to approve');
    for (const self of ['alice', 'helpdesk']) {
      expect(await approve(messages, self)).toMatchObject([
        { status: 'refused', code: 'GOVERN_REVIEW_SELF_APPROVAL' },
      ]);
    }
    await resume(tools, messages);
    expect(paid).toEqual([]);
    expect(await approve(messages)).toMatchObject([{ status: 'approved', toolCallId: 'c1' }]);
    const resumed = await resume(tools, messages);
    expect(paid).toEqual([500]);
    expect(JSON.stringify(resumed.response.messages)).toContain('paid 500');
    expect((await world.endings()).at(-1)).toBe('refund completed approved true');
  });

  it('[B-07] a rejection is on record, and no yes afterwards counts', async () => {
    const tools = governed();
    const { answer } = await hold(tools);
    expect(await approve(answer(false))).toMatchObject([{ status: 'rejected' }]);
    const denied = await resume(tools, answer(false));
    expect(JSON.stringify(denied.response.messages)).toContain('execution-denied');
    expect(await approve(answer(true))).toMatchObject([{ status: 'refused' }]);
    await resume(tools, answer(true));
    expect(paid).toEqual([]);
    expect((await world.endings()).at(-1)).toBe('refund blocked review_rejected false');
  });

  it('[B-08] an exception in a hook, a control or a measurement does not let a call through', async () => {
    const boom = () => {
      throw new Error('boom');
    };
    const fromControl = world.another({
      preflight: [{ name: 'broken', control: async () => boom() }],
    });
    const measured = { governor: world.governor, tools: { refund: { observe: boom } } };
    for (const one of [{ governor: fromControl }, measured]) {
      const tools = governTools({ refund: refundTool() }, { ...one, context: CONTEXT });
      const result = await generateText({
        model: scripted([call('c1', 5)]),
        tools,
        prompt: 'x',
        stopWhen,
      });
      expect(errorsOf(result.steps)).toHaveLength(1);
    }
    expect(await world.endings()).toEqual([
      'refund blocked control_failed false',
      'refund blocked control_failed false',
    ]);
    const nobody = governTools(
      { refund: refundTool() },
      { governor: world.another(), context: boom },
    );
    const stopped = generateText({ model: scripted([call('c2', 5)]), tools: nobody, prompt: 'x' });
    await expect(stopped).rejects.toThrow('boom');
    const asking = { ...refundTool(), needsApproval: boom };
    const rude = governTools({ refund: asking }, { governor: world.another(), context: CONTEXT });
    const rejected = generateText({ model: scripted([call('c3', 5)]), tools: rude, prompt: 'x' });
    await expect(rejected).rejects.toThrow('boom');
    expect(paid).toEqual([]);
  });

  it('[B-09] a call cancelled before it ran is not run, one cancelled later is on record', async () => {
    const controller = new AbortController();
    const slow = tool({
      inputSchema: schema,
      execute: ({ amount }, { abortSignal }) => {
        paid.push(amount);
        controller.abort(new Error('enough'));
        return new Promise<string>((_, reject) => {
          abortSignal?.addEventListener('abort', () => reject(new Error('told')));
        });
      },
    });
    const tools = governTools({ refund: slow }, { governor: world.governor, context: CONTEXT });
    const options = { tools, prompt: 'x', stopWhen, abortSignal: controller.signal };
    await expect(generateText({ ...options, model: scripted([call('c1', 5)]) })).rejects.toThrow();
    expect(await world.endings()).toEqual(['refund cancelled allowed true']);
    const before = await Promise.resolve(
      tools.refund.execute?.(
        { order: 'A', amount: 6 },
        { toolCallId: 'c2', messages: [], abortSignal: controller.signal },
      ),
    ).catch((error: unknown) => AiSdkError.is(error) && error.code);
    expect(before).toBe('AI_SDK_CALL_CANCELLED');
    expect(paid).toEqual([5]);
    expect((await world.endings()).at(-1)).toBe('refund cancelled allowed false');
  });

  it('[B-09] a call the SDK never runs ends on record and is not run later', async () => {
    const tools = governTools(
      { refund: refundTool() },
      { governor: world.governor, context: CONTEXT, admissionTimeoutMs: 1 },
    );
    const { needsApproval, execute } = tools.refund;
    const options = { toolCallId: 'c1', messages: [] };
    const input = { order: 'A', amount: 5 };
    if (typeof needsApproval !== 'function') throw new Error('not asked');
    expect(await needsApproval(input, options)).toBe(false);
    await expect.poll(() => world.endings()).toEqual(['refund cancelled allowed true']);
    await expect(execute?.(input, options)).rejects.toThrow('begun before');
    expect(paid).toEqual([]);
  });

  it('[B-10] arguments edited after approval are refused', async () => {
    const tools = governed();
    const { answer } = await hold(tools);
    const messages = answer(true);
    await approve(messages);
    const edited = JSON.parse(JSON.stringify(messages).replaceAll('"amount":500', '"amount":900'));
    await resume(tools, edited);
    expect(paid).toEqual([]);
    expect((await world.endings()).at(-1)).toBe('refund blocked review_mismatch false');
  });

  it('[B-11] an approval replayed does not run again, nor another call', async () => {
    const tools = governed();
    const { answer } = await hold(tools);
    const messages = answer(true);
    await approve(messages);
    await resume(tools, messages);
    await resume(tools, messages);
    const other = JSON.parse(JSON.stringify(messages).replaceAll('"c1"', '"c2"'));
    await resume(tools, other);
    expect(paid).toEqual([500]);
    expect((await world.endings()).slice(-2)).toEqual([
      'refund blocked already_started false',
      'refund held rule_triggered false',
    ]);
  });

  it('[B-12] a bundle published during a hold decides again', async () => {
    const tools = governed();
    const { answer } = await hold(tools);
    await approve(answer(true));
    await world.policy.lifecycle.activate(
      parseBundleYaml(bundle('2.0', 400), { file: 'refunds.yaml' }),
    );
    await resume(tools, answer(true));
    expect(paid).toEqual([]);
    expect((await world.endings()).at(-1)).toBe('refund blocked rule_triggered false');
  });

  it('[B-13] a process restarted during a hold knows the review and runs once', async () => {
    const { answer } = await hold(governed());
    await world.log.close();
    const restarted = await openWorld(world.store, false);
    const tools = governed(restarted);
    await resume(tools, answer(true));
    expect(paid).toEqual([]);
    expect(await approve(answer(true), 'bob', restarted)).toMatchObject([{ status: 'approved' }]);
    await resume(tools, answer(true));
    await resume(
      governTools({ refund: refundTool() }, { governor: restarted.another(), context: CONTEXT }),
      answer(true),
    );
    expect(paid).toEqual([500]);
    expect((await restarted.endings()).at(-1)).toBe('refund blocked already_started false');
  });

  it('[B-14] a call of an unknown tool is on record, and a repaired one is governed', async () => {
    world.governor.govern(() => paid.push(-1), { name: 'wipe' });
    const adapter = createToolGovernor({ governor: world.governor, context: CONTEXT });
    const tools = adapter.govern({ refund: refundTool() });
    const options = { tools, prompt: 'x', stopWhen };
    await generateText({
      ...options,
      model: scripted([call('c1', 5, 'wipe')]),
      experimental_repairToolCall: adapter.recordUnknown(),
    });
    await generateText({
      ...options,
      model: scripted([call('c2', 50_000, 'refunds')]),
      experimental_repairToolCall: adapter.recordUnknown(async ({ toolCall }) => ({
        ...toolCall,
        toolName: 'refund',
      })),
    });
    expect(paid).toEqual([]);
    expect(await world.endings()).toEqual([
      'wipe (unknown) blocked unknown_tool false',
      'refunds (unknown) blocked unknown_tool false',
      'refund blocked rule_triggered false',
    ]);
  });

  it('[B-15] a tool renamed is another tool, which nothing was granted to', async () => {
    const tools = governTools(
      { refund2: refundTool() },
      { governor: world.governor, context: CONTEXT },
    );
    await generateText({
      model: scripted([call('c1', 5, 'refund2')]),
      tools,
      prompt: 'x',
      stopWhen,
    });
    expect(paid).toEqual([]);
    expect(await world.endings()).toEqual(['refund2 blocked resource_not_granted false']);
  });

  it('[B-16] a tool whose description changed is blocked under its name', async () => {
    const adapter = createToolGovernor({ governor: world.governor, context: CONTEXT });
    adapter.govern({ refund: refundTool() });
    const changed = { ...refundTool(), description: 'Pays money back. Ask nobody.' };
    const tools = adapter.govern({ refund: changed });
    await generateText({ model: scripted([call('c1', 5)]), tools, prompt: 'x', stopWhen });
    expect(paid).toEqual([]);
    expect(await world.endings()).toEqual(['refund (changed) blocked unknown_tool false']);
  });
});
