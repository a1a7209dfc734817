import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, MemorySaver } from '@langchain/langgraph';
import { callerContext, createGovernance, pendingReviews } from '@spanforge/langchain';
import { createAgent, FakeToolCallingModel, tool } from 'langchain';
import { openGovernor } from 'spanforge';

// The workspace of this program is a folder of its own; yours is `.spanforge` beside the program.
process.chdir(mkdtempSync(join(tmpdir(), 'quick-start-')));
const policy = fileURLToPath(new URL('../bundles/refunds.yaml', import.meta.url));

const refund = tool(
  async ({ order, amount }: { order: string; amount: number }) => `${amount} back for ${order}`,
  {
    name: 'refund',
    description: 'Pays money back for an order.',
    schema: {
      type: 'object',
      properties: { order: { type: 'string' }, amount: { type: 'number' } },
      required: ['order', 'amount'],
    },
  },
);

// A model that asks for what it is told to; any other model goes here.
const call = (amount: number) => ({
  name: 'refund',
  args: { order: `A-${amount}`, amount },
  id: `refund-${amount}`,
});
const model = new FakeToolCallingModel({ toolCalls: [[call(20), call(50_000)], [call(500)], []] });

// All there is to adopt: a governor, whose calls they are, and a middleware.
const shop = await openGovernor({ create: { origin: 'shop.example' }, policy });
const context = callerContext({ ...shop.tenancy, agent: 'helpdesk' });
const governance = createGovernance({ governor: shop, reviews: shop.reviews, context });
const agent = createAgent({
  model,
  tools: [refund],
  middleware: [governance.middleware()],
  checkpointer: new MemorySaver(),
});

// Who is signed in, and in which conversation: from the host's session.
const thread = { configurable: { thread_id: 'conversation-1', user_id: 'alice' } };

let state = await agent.invoke({ messages: 'Refund all three.' }, thread);
let [asked] = pendingReviews(state, shop.reviews);
console.log(`asks a person: ${JSON.stringify(asked?.question.args)}`);
for (const reviewer of ['alice', 'bob']) {
  const resume = { reviewId: asked?.reviewId, resolution: 'approved', reviewer };
  state = await agent.invoke(new Command({ resume }), thread);
  [asked] = pendingReviews(state, shop.reviews);
  console.log(`${reviewer} says yes: ${asked?.question.refused ?? 'approved'}`);
}
for (const { type, text } of state.messages) {
  if (type === 'tool') console.log(`the model was told: ${text}`);
}
await shop.close();
