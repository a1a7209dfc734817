import { readFile } from 'node:fs/promises';
import { Command, type Interrupt, MemorySaver } from '@langchain/langgraph';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor, createReviews } from '@spanforge/govern';
import { governanceMiddleware, type ReviewQuestion } from '@spanforge/langchain';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { createAgent, FakeToolCallingModel, tool } from 'langchain';

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

// What there is to adopt: a middleware.
const middleware = governanceMiddleware({ governor, context, reviews: createReviews({ log }) });
const agent = createAgent({
  model,
  tools: [refund],
  middleware: [middleware],
  checkpointer: new MemorySaver(),
});

const thread = { configurable: { thread_id: 'conversation-1' } };
const questionOf = ({ __interrupt__ = [] }: { __interrupt__?: readonly Interrupt[] }) =>
  __interrupt__[0]?.value as ReviewQuestion | undefined;

let state = await agent.invoke({ messages: 'Refund all three.' }, thread);
console.log(`asks a person: ${JSON.stringify(questionOf(state)?.args)}`);
for (const reviewer of ['alice', 'bob']) {
  const resume = { reviewId: questionOf(state)?.reviewId, resolution: 'approved', reviewer };
  state = await agent.invoke(new Command({ resume }), thread);
  console.log(`${reviewer} says yes: ${questionOf(state)?.refused ?? 'approved'}`);
}
for (const { type, text } of state.messages) {
  if (type === 'tool') console.log(`the model was told: ${text}`);
}
await log.close();
