import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
import { callerContext, createToolGovernor, resolveInterruption } from '@spanforge/openai-agents';
import { openGovernor } from 'spanforge';

// The workspace of this program is a folder of its own; yours is `.spanforge` beside the program.
process.chdir(mkdtempSync(join(tmpdir(), 'quick-start-')));
const policy = fileURLToPath(new URL('../bundles/refunds.yaml', import.meta.url));

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

// All there is to adopt: a governor, whose calls they are, and tools and handoffs that go through it.
const shop = await openGovernor({ create: { origin: 'shop.example' }, policy });
const context = callerContext({ ...shop.tenancy, agent: 'triage' });
const adapter = createToolGovernor({ governor: shop, context });
const billing = new Agent({
  name: 'billing',
  tools: adapter.forAgent('billing').governTools([refund]),
  model: new Scripted([asks(20), asks(50_000), asks(500)]),
});
const triage = Agent.create({
  name: 'triage',
  handoffs: [adapter.governHandoff(handoff(billing))],
  model: new Scripted([{ name: 'transfer_to_billing', input: {} }]),
});

// Who is signed in, and in which conversation: from the host's session.
const session = { run: 'conversation-1', actor: 'alice' };
const runner = new Runner({ tracingDisabled: true });
const held = await runner.run(triage, 'Refund all three.', { context: session });
for (const item of held.newItems) {
  if (item.type === 'handoff_output_item') console.log(`handed to: ${item.targetAgent.name}`);
  if (item.type === 'tool_call_output_item') console.log(`answered: ${item.output}`);
}

// The state is stored, and a person answers perhaps days later, in another process.
const state = await RunState.fromString(triage, held.state.toString());
const [interruption] = state.getInterruptions();
if (interruption === undefined) throw new Error('nothing was held');
console.log(`asks a person: ${interruption.arguments}`);
const whose = { reviews: shop.reviews, context: { ...shop.tenancy, ...session } };
for (const reviewer of ['alice', 'bob']) {
  const answer = { resolution: 'approved', reviewer } as const;
  const resolved = await resolveInterruption({ state, interruption, ...whose, ...answer });
  console.log(`${reviewer} says yes: ${resolved.code ?? resolved.status}`);
}
const resumed = await runner.run(triage, state);
for (const item of resumed.newItems.slice(-2)) {
  if (item.type === 'tool_call_output_item') console.log(`answered: ${item.output}`);
}
console.log(resumed.finalOutput);
await shop.close();
