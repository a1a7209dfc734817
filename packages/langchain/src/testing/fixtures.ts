import type { BaseCheckpointSaver } from '@langchain/langgraph';
import { MemorySaver } from '@langchain/langgraph';
import {
  createMemoryStore,
  type EvidenceLog,
  type EvidenceStore,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import {
  type CallContext,
  createGovernor,
  createReviews,
  type Governor,
  type GovernorParts,
  type Reviews,
} from '@spanforge/govern';
import { createPolicy, type Policy, parseBundle } from '@spanforge/policy';
import { createScope } from '@spanforge/scope';
import { FakeToolCallingModel, tool } from 'langchain';
import { z } from 'zod';
import { createGovernance, type Governance } from '../governance.js';
import type { GovernanceOptions } from '../options.js';

const PLACE = { tenant: 'acme', project: 'support', env: 'prod' };
const SETUP = { ...PLACE, run: 'setup', traceId: 'setup', agent: 'test', source: 'test@1.0.0' };

export const CONTEXT: CallContext = {
  ...PLACE,
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'desk',
  actor: 'alice',
};

const REDACT_CARD = [{ path: 'result.card', mask: '****' }];

/** Payments over 100 wait for a person, those over 1000 are never made, cards are never shown. */
export function bundle(version: string, limits: { wait?: number; never?: number } = {}): unknown {
  const { wait = 100, never = 1000 } = limits;
  const target = { tools: ['pay', 'wire'] };
  const base = { service: 'sf_govern', control: 'tool_call', target };
  return {
    policy_id: 'desk',
    version,
    environment: 'prod',
    owner: 'payments',
    effective_at: '2026-01-01T00:00:00Z',
    rules: [
      { ...base, rule_id: 'wait', when: `args.amount > ${wait}`, action: 'human_review' },
      { ...base, rule_id: 'never', when: `args.amount > ${never}`, action: 'block' },
      {
        rule_id: 'cards',
        service: 'sf_govern',
        control: 'tool_result',
        target: { tools: ['lookup'] },
        action: 'redact',
        redact: REDACT_CARD,
      },
    ],
  };
}

/** One process: a log of its own over the store that all share. */
export interface Process {
  readonly log: EvidenceLog;
  readonly policy: Policy;
  readonly governor: Governor;
  readonly reviews: Reviews;
  readonly governance: Governance;
}

/** What the tools did. */
export interface World {
  readonly effects: unknown[];
  readonly checkpointer: BaseCheckpointSaver;
  start(options?: Partial<GovernanceOptions>, parts?: Partial<GovernorParts>): Promise<Process>;
}

export const GRANTS: Readonly<Record<string, readonly string[]>> = {
  pay: ['write'],
  lookup: ['read', 'write'],
  research: ['read', 'write'],
  transfer: ['write'],
  count: ['write'],
};

/** Opens a log, empty unless the store has records. */
export function openLog(store: EvidenceStore = createMemoryStore()): Promise<EvidenceLog> {
  return openEvidenceLog({ store, origin: 'example.com/desk', writer: 'test', hmac: false });
}

/** Processes over one store, a real policy, a real scope, and one world behind them. */
export function createWorld(shared: EvidenceStore = createMemoryStore()): World {
  // A process that ends takes its log with it, not what the log has written.
  const store: EvidenceStore = { ...shared, close: async () => undefined };
  let begun = false;
  const setup = { ...SETUP, actor: 'platform' };
  return {
    effects: [],
    checkpointer: new MemorySaver(),
    async start(options = {}, parts = {}) {
      const log = await openLog(store);
      const policy = createPolicy({ recorder: log, reader: log, context: setup });
      const scope = createScope({ recorder: log, reader: log });
      if (!begun) {
        begun = true;
        await policy.lifecycle.activate(parseBundle(bundle('1')));
        const grants = { agentId: 'desk', resourceActions: GRANTS };
        await scope.registerAgent(grants, { context: setup });
        const reader = { agentId: 'researcher', resourceActions: { lookup: ['read', 'write'] } };
        await scope.registerAgent(reader, { context: setup });
      }
      const governor = createGovernor({
        log,
        policy,
        scope: ({ resource, action, context }, recorder) =>
          scope.evaluate({ agentId: context.agent, resource, action }, { context, recorder }),
        ...parts,
      });
      const reviews = createReviews({ log });
      const governance = createGovernance({ governor, context: CONTEXT, reviews, ...options });
      return { log, policy, governor, reviews, governance };
    },
  };
}

/** A tool with an effect that can be counted. */
export function payTool(effects: unknown[], description = 'Pays somebody.') {
  return tool(
    ({ to, amount }: { to: string; amount: number }) => {
      effects.push({ to, amount });
      return `paid ${amount} to ${to}`;
    },
    { name: 'pay', description, schema: z.object({ to: z.string(), amount: z.number() }) },
  );
}

/** One tool call as a model writes it. */
export interface ScriptedMessageCall {
  readonly name: string;
  readonly args: Record<string, unknown>;
  readonly id: string;
}

export function pay(id: string, amount: number, to = 'ada'): ScriptedMessageCall {
  return { name: 'pay', args: { to, amount }, id };
}

/** A model that makes these calls, one message after the other, and then says something. */
export function scripted(
  ...messages: readonly (readonly ScriptedMessageCall[])[]
): FakeToolCallingModel {
  return new FakeToolCallingModel({ toolCalls: [...messages.map((one) => [...one]), []] });
}

export const HELLO = { messages: [{ role: 'user', content: 'go' }] };

/** A thread of the checkpointer. */
export function thread(id = 'thread-1') {
  return { configurable: { thread_id: id } };
}

/** The bodies of the records of one type, such as `execution.ended`. */
export async function bodiesOf(
  log: EvidenceLog,
  type: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { records } = await log.query({ tenant: 'acme', limit: 1000 });
  const key = /\.v\d+$/.test(type) ? `spanforge.${type}` : `spanforge.${type}.v1`;
  return records.filter((one) => one.type === key).map((one) => one.body);
}

/** How each call of a tool ended, oldest first. */
export async function endingsOf(log: EvidenceLog, name?: string): Promise<readonly unknown[]> {
  const bodies = await bodiesOf(log, 'execution.ended');
  return bodies
    .filter(({ tool }) => name === undefined || tool === name)
    .map(({ status }) => status);
}

/** What the tools answered the model, oldest first. */
export function answersOf(state: { messages: readonly { getType(): string; text: string }[] }) {
  return state.messages.filter((one) => one.getType() === 'tool').map(({ text }) => text);
}

/** The questions a run was interrupted with. */
export function questionsOf(
  state: unknown,
): readonly { id: string; value: Record<string, unknown> }[] {
  const { __interrupt__ } = state as { __interrupt__?: { id: string; value: never }[] };
  return __interrupt__ ?? [];
}
