import { readFile } from 'node:fs/promises';
import {
  Agent,
  handoff,
  type Model,
  type ModelResponse,
  Runner,
  RunState,
  type StreamEvent,
  tool,
  Usage,
} from '@openai/agents';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor, createReviews } from '@spanforge/govern';
import { createToolGovernor, resolveInterruption, watchModel } from '@spanforge/openai-agents';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';

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
  agent: 'triage',
  actor: 'alice',
};
const setup = { ...context, actor: 'platform-team', source: 'example@1.0.0' };
const policy = createPolicy({ recorder: log, reader: log, context: setup });
const bundle = new URL('../bundles/refunds.yaml', import.meta.url);
await policy.lifecycle.activate(
  parseBundleYaml(await readFile(bundle, 'utf8'), { file: 'refunds.yaml' }),
);
const governor = createGovernor({ log, policy });

interface Refund {
  readonly order: string;
  readonly amount: number;
}
const refund = tool({
  name: 'refund',
  description: 'Pays money back for an order.',
  strict: false,
  parameters: {
    type: 'object',
    properties: { order: { type: 'string' }, amount: { type: 'number' } },
    required: ['order', 'amount'],
    additionalProperties: true,
  },
  execute: async (input) => `${(input as Refund).amount} back for ${(input as Refund).order}`,
});

/** A model that makes the calls it is given, turn by turn; any other model goes here. */
class Scripted implements Model {
  readonly #turns: (readonly { name: string; input: object }[])[];
  constructor(...turns: (readonly { name: string; input: object }[])[]) {
    this.#turns = turns;
  }
  async getResponse(): Promise<ModelResponse> {
    const calls = (this.#turns.shift() ?? []).map(({ name, input }) => ({
      type: 'function_call' as const,
      callId: `${name}-${JSON.stringify(input)}`,
      name,
      arguments: JSON.stringify(input),
    }));
    const content = [{ type: 'output_text' as const, text: 'All done.' }];
    const message = { type: 'message', role: 'assistant', status: 'completed', content } as const;
    return { usage: new Usage(), output: calls.length > 0 ? calls : [message] };
  }
  async *getStreamedResponse(): AsyncIterable<StreamEvent> {}
}
const asks = (amount: number) => ({ name: 'refund', input: { order: `A-${amount}`, amount } });

// What there is to adopt: tools and handoffs go through the governor, each agent's as its own.
const adapter = createToolGovernor({ governor, context });
const billing = new Agent({
  name: 'billing',
  tools: adapter.forAgent('billing').governTools([refund]),
  model: watchModel(new Scripted([asks(20), asks(50_000), asks(500)]), { governor, context }),
});
const triage = Agent.create({
  name: 'triage',
  handoffs: [adapter.governHandoff(handoff(billing))],
  model: new Scripted([{ name: 'transfer_to_billing', input: {} }]),
});

const runner = new Runner({ tracingDisabled: true });
const held = await runner.run(triage, 'Refund all three.');
for (const item of held.newItems) {
  if (item.type === 'handoff_output_item') console.log(`handed to: ${item.targetAgent.name}`);
  if (item.type === 'tool_call_output_item') console.log(`answered: ${item.output}`);
}

// The state is stored, and a person answers perhaps days later, in another process.
const state = await RunState.fromString(triage, held.state.toString());
const [interruption] = state.getInterruptions();
if (interruption === undefined) throw new Error('nothing was held');
console.log(`asks a person: ${interruption.arguments}`);
const reviews = createReviews({ log });
for (const reviewer of ['alice', 'bob']) {
  const answer = { resolution: 'approved', reviewer } as const;
  const resolved = await resolveInterruption({ state, interruption, reviews, context, ...answer });
  console.log(`${reviewer} says yes: ${resolved.code ?? resolved.status}`);
}
const resumed = await runner.run(triage, state);
for (const item of resumed.newItems.slice(-2)) {
  if (item.type === 'tool_call_output_item') console.log(`answered: ${item.output}`);
}
console.log(resumed.finalOutput);
await log.close();
