import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callerContext, createToolGovernor, resolveApprovals } from '@spanforge/ai-sdk';
import { jsonSchema, type ModelMessage, stepCountIs, ToolLoopAgent, tool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { openGovernor } from 'spanforge';

// The workspace of this program is a folder of its own; yours is `.spanforge` beside the program.
process.chdir(mkdtempSync(join(tmpdir(), 'quick-start-')));
const policy = fileURLToPath(new URL('../bundles/refunds.yaml', import.meta.url));

const refund = tool({
  description: 'Pays money back for an order.',
  inputSchema: jsonSchema<{ order: string; amount: number }>({
    type: 'object',
    properties: { order: { type: 'string' }, amount: { type: 'number' } },
    required: ['order', 'amount'],
  }),
  execute: async ({ order, amount }) => `${amount} back for ${order}`,
});

// All there is to adopt: a governor, whose calls they are, and the tools that go through it.
const shop = await openGovernor({ create: { origin: 'shop.example' }, policy });
const context = callerContext({ ...shop.tenancy, agent: 'helpdesk' });
const tools = createToolGovernor({ governor: shop, context }).govern({ refund });

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

// Who is signed in, and in which conversation: from the host's session.
const session = { run: 'conversation-1', actor: 'alice' };
const signedIn = { model, tools, experimental_context: session };
const agent = new ToolLoopAgent({ ...signedIn, stopWhen: stepCountIs(5) });

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

const whose = { reviews: shop.reviews, context: { ...shop.tenancy, ...session } };
for (const reviewer of ['alice', 'bob']) {
  const [resolved] = await resolveApprovals({ messages, ...whose, reviewer });
  console.log(`${reviewer} says yes: ${resolved?.code ?? resolved?.status}`);
}
const second = await agent.generate({ messages });
const told = second.response.messages.find(({ role }) => role === 'tool');
console.log(JSON.stringify(told).includes('500 back') ? 'ran: 500 back for A-500' : 'did not run');
console.log(second.text);
await shop.close();
