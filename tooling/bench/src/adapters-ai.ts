import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  Agent,
  tool as agentTool,
  type Model,
  type ModelResponse,
  Runner,
  Usage,
} from '@openai/agents';
import { createToolGovernor as governSdk } from '@spanforge/ai-sdk';
import { createMemoryStore, type EvidenceStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor, type Governor } from '@spanforge/govern';
import { createToolGovernor as governAgents } from '@spanforge/openai-agents';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { generateText, jsonSchema, stepCountIs, tool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { measure, median } from './measure.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    calls: { type: 'string', default: '600' },
    'in-flight': { type: 'string', default: '1,16' },
    folder: { type: 'string', default: '.' },
    json: { type: 'boolean', default: false },
  },
});

const CONTEXT = {
  tenant: 'acme',
  project: 'bench',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'bench',
  actor: 'alice',
};
const BUNDLE = `
policy_id: bench
version: "1.0"
environment: prod
owner: bench
effective_at: "2026-01-01T00:00:00Z"
tools:
  refund:
    effect: write
    schema:
      type: object
      properties: { order: { type: string }, amount: { type: number } }
rules:
  - rule_id: wait
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: args.amount > 100
    action: human_review
    rationale: A refund over 100 needs a second pair of eyes.
`;
type Store = 'memory' | 'sqlite';
const KINDS = ['bare', 'memory', 'sqlite'] as const;

/** What one call of a framework costs: a turn that calls one tool, and what is left of the run. */
interface Subject {
  action(number: number): Promise<void>;
}

interface Opened {
  readonly governor: Governor;
  /** Milliseconds spent waiting for the store so far, and how often. */
  readonly waited: { ms: number; appends: number };
  close(): Promise<void>;
}

async function openGovernor(kind: Store, folder: string): Promise<Opened> {
  const path = join(folder, `${Math.random()}.db`);
  const store = kind === 'memory' ? createMemoryStore() : await openSqliteStore({ path });
  const waited = { ms: 0, appends: 0 };
  const append: EvidenceStore['append'] = async (groups) => {
    const started = performance.now();
    const appended = await store.append(groups);
    waited.ms += performance.now() - started;
    waited.appends += 1;
    return appended;
  };
  const log = await openEvidenceLog({
    store: { ...store, append },
    origin: 'example.com/bench',
    writer: 'bench',
    hmac: false,
  });
  const setup = { ...CONTEXT, source: 'bench@1.0.0' };
  const policy = createPolicy({ recorder: log, reader: log, context: setup });
  await policy.lifecycle.activate(parseBundleYaml(BUNDLE, { file: 'bench.yaml' }));
  return { governor: createGovernor({ log, policy }), waited, close: () => log.close() };
}

const contextOf = (): typeof CONTEXT => ({ ...CONTEXT, traceId: `trace-${calls % 997}` });
let calls = 0;

const count = { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined };
const usage = { inputTokens: count, outputTokens: { total: 1, text: 1, reasoning: undefined } };

function sdkSubject(governor: Governor | undefined): Subject {
  const refund = tool({
    inputSchema: jsonSchema<{ order: string; amount: number }>({ type: 'object' }),
    execute: async ({ amount }) => `paid ${amount}`,
  });
  const tools = governor
    ? governSdk({ governor, context: contextOf }).govern({ refund })
    : { refund };
  return {
    async action(number) {
      calls += 1;
      const model = new MockLanguageModelV3({
        doGenerate: async () => ({
          content: [
            {
              type: 'tool-call',
              toolCallId: `c${number}`,
              toolName: 'refund',
              input: '{"order":"A-1","amount":20}',
            },
          ],
          finishReason: { unified: 'tool-calls', raw: undefined },
          usage,
          warnings: [],
        }),
      });
      const { steps } = await generateText({ model, tools, prompt: 'x', stopWhen: stepCountIs(1) });
      if (steps[0]?.toolResults[0]?.output !== 'paid 20') throw new Error('the tool did not run');
    },
  };
}

function agentsSubject(governor: Governor | undefined): Subject {
  const refund = agentTool({
    name: 'refund',
    description: '',
    strict: false,
    parameters: { type: 'object', properties: {}, required: [], additionalProperties: true },
    execute: async (input) => `paid ${(input as { amount: number }).amount}`,
  });
  const tools = governor
    ? governAgents({ governor, context: contextOf }).governTools([refund])
    : [refund];
  const runner = new Runner({ tracingDisabled: true });
  return {
    async action(number) {
      calls += 1;
      const model: Model = {
        async getResponse(): Promise<ModelResponse> {
          const text = '{"order":"A-1","amount":20}';
          const call = { type: 'function_call', callId: `c${number}`, name: 'refund' } as const;
          return { usage: new Usage(), output: [{ ...call, arguments: text }] };
        },
        async *getStreamedResponse() {},
      };
      const toolUseBehavior = 'stop_on_first_tool';
      const agent = new Agent({ name: 'bench', tools, model, toolUseBehavior });
      const { finalOutput } = await runner.run(agent, 'x');
      if (finalOutput !== 'paid 20') throw new Error('the tool did not run');
    },
  };
}

interface Row {
  readonly adapter: string;
  readonly inFlight: number;
  readonly kind: (typeof KINDS)[number];
  readonly meanMs: number;
  /** Of the mean, waiting for the store; only told apart with one call in flight. */
  readonly storeMs: number;
  readonly appends: number;
}

async function round(
  make: (governor: Governor | undefined) => Subject,
  kind: (typeof KINDS)[number],
  options: { readonly inFlight: number; readonly count: number; readonly folder: string },
): Promise<Omit<Row, 'adapter' | 'inFlight' | 'kind'>> {
  const opened = kind === 'bare' ? undefined : await openGovernor(kind, options.folder);
  try {
    const subject = make(opened?.governor);
    const { inFlight, count } = options;
    await measure(subject as never, { from: 0, count: Math.ceil(count / 5), inFlight });
    const before = { ms: 0, appends: 0, ...opened?.waited };
    const { perSecond } = await measure(subject as never, { from: count, count, inFlight });
    const after = { ms: 0, appends: 0, ...opened?.waited };
    return {
      meanMs: 1000 / perSecond,
      storeMs: (after.ms - before.ms) / count,
      appends: (after.appends - before.appends) / count,
    };
  } finally {
    await opened?.close();
  }
}

const adapters = { 'ai-sdk': sdkSubject, 'openai-agents': agentsSubject };
const folder = await mkdtemp(join(values.folder, 'adapters-'));
const rows: Row[] = [];
try {
  for (const inFlight of values['in-flight'].split(',').map(Number)) {
    for (const [adapter, make] of Object.entries(adapters)) {
      const options = { inFlight, count: Number(values.calls), folder };
      const rounds: Record<string, Awaited<ReturnType<typeof round>>[]> = {};
      for (let at = 0; at < Number(values.rounds); at += 1) {
        for (const kind of KINDS) {
          rounds[kind] = [...(rounds[kind] ?? []), await round(make, kind, options)];
        }
      }
      for (const kind of KINDS) {
        const all = rounds[kind] ?? [];
        const middle = (of: 'meanMs' | 'storeMs' | 'appends') => median(all.map((one) => one[of]));
        const parts = { meanMs: middle('meanMs'), storeMs: middle('storeMs') };
        rows.push({ adapter, inFlight, kind, ...parts, appends: middle('appends') });
      }
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

if (values.json) console.log(JSON.stringify(rows, null, 2));
else {
  console.log(
    '| adapter | in flight | bare ms | governed, memory ms | governed, SQLite ms | extra ms | appends a call | share of durable commits in the extra |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const bare of rows.filter(({ kind }) => kind === 'bare')) {
    const same = rows.filter(
      (row) => row.adapter === bare.adapter && row.inFlight === bare.inFlight,
    );
    const memory = same.find(({ kind }) => kind === 'memory');
    const sqlite = same.find(({ kind }) => kind === 'sqlite');
    if (memory === undefined || sqlite === undefined) continue;
    const extra = sqlite.meanMs - bare.meanMs;
    const share = (sqlite.meanMs - memory.meanMs) / extra;
    const waited =
      bare.inFlight === 1 ? `${Math.round((100 * sqlite.storeMs) / extra)} % timed, ` : '';
    const figures = [bare.meanMs, memory.meanMs, sqlite.meanMs, extra].map((ms) => ms.toFixed(3));
    const last = [sqlite.appends.toFixed(2), `${waited}${Math.round(100 * share)} % over memory`];
    console.log(`| ${[bare.adapter, bare.inFlight, ...figures, ...last].join(' | ')} |`);
  }
}
