import { readFile } from 'node:fs/promises';
import { createToolGovernor, resolveApprovals, stopOnDenial } from '@spanforge/ai-sdk';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor, createReviews } from '@spanforge/govern';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { jsonSchema, type ModelMessage, stepCountIs, ToolLoopAgent, tool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';

// Evidence goes to memory here; openSqliteStore from @spanforge/store-sqlite keeps it.
const log = await openEvidenceLog({
  store: createMemoryStore(),
  origin: 'shop.example/evidence',
  writer: 'example',
  hmac: false,
});
const context = {
  tenant: 'shop',
  project: 'support',
  env: 'prod',
  run: 'conversation-1',
  traceId: 'conversation-1',
  agent: 'helpdesk',
  actor: 'alice',
};
const setup = { ...context, actor: 'platform-team', source: 'example@1.0.0' };
const policy = createPolicy({ recorder: log, reader: log, context: setup });
const bundle = new URL('../bundles/refunds.yaml', import.meta.url);
await policy.lifecycle.activate(
  parseBundleYaml(await readFile(bundle, 'utf8'), { file: 'refunds.yaml' }),
);
const governor = createGovernor({ log, policy });

const refund = tool({
  description: 'Pays money back for an order.',
  inputSchema: jsonSchema<{ order: string; amount: number }>({
    type: 'object',
    properties: { order: { type: 'string' }, amount: { type: 'number' } },
    required: ['order', 'amount'],
  }),
  execute: async ({ order, amount }) => `${amount} back for ${order}`,
});

// What there is to adopt: the tools go through the governor, and answers through resolveApprovals.
const tools = createToolGovernor({ governor, context }).govern({ refund });

// A model that asks for what it is told to; any other model goes here.
const count = { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined };
const usage = { inputTokens: count, outputTokens: { total: 1, text: 1, reasoning: undefined } };
const turns = [[20, 50_000], [500], []];
const model = new MockLanguageModelV3({
  doGenerate: async () => {
    const amounts = turns.shift() ?? [];
    const calls = amounts.map((amount) => ({
      type: 'tool-call' as const,
      toolCallId: `refund-${amount}`,
      toolName: 'refund',
      input: JSON.stringify({ order: `A-${amount}`, amount }),
    }));
    const content = calls.length > 0 ? calls : [{ type: 'text' as const, text: 'All done.' }];
    const unified = calls.length > 0 ? ('tool-calls' as const) : ('stop' as const);
    return { content, finishReason: { unified, raw: undefined }, usage, warnings: [] };
  },
});
const agent = new ToolLoopAgent({ model, tools, stopWhen: stepCountIs(5) });

const messages: ModelMessage[] = [{ role: 'user', content: 'Refund all three.' }];
const first = await agent.generate({ messages });
messages.push(...first.response.messages);
for (const part of first.steps.flatMap(({ content }) => content)) {
  if (part.type === 'tool-result') console.log(`ran: ${part.output}`);
  if (part.type === 'tool-error') console.log(`told the model: ${(part.error as Error).message}`);
  if (part.type === 'tool-approval-request') {
    const { approvalId, toolCall } = part;
    console.log(`asks a person: ${JSON.stringify(toolCall.input)}`);
    const answer = { type: 'tool-approval-response', approvalId, approved: true } as const;
    messages.push({ role: 'tool', content: [answer] });
  }
}

const reviews = createReviews({ log });
for (const reviewer of ['alice', 'bob']) {
  const [resolved] = await resolveApprovals({ messages, reviews, context, reviewer });
  console.log(`${reviewer} says yes: ${resolved?.code ?? resolved?.status}`);
}
const second = await agent.generate({ messages });
const told = second.response.messages.find(({ role }) => role === 'tool');
console.log(JSON.stringify(told).includes('500 back') ? 'ran: 500 back for A-500' : 'did not run');
console.log(second.text);

// A loop that ends at the first refusal, instead of telling the model and going on.
turns.unshift([50_001], [20]);
const strict = new ToolLoopAgent({ model, tools, stopWhen: [stepCountIs(5), stopOnDenial()] });
const stopped = await strict.generate({ prompt: 'Refund more.' });
console.log(`stopped after ${stopped.steps.length} step`);
await log.close();
