import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createMemoryStore, type EvidenceStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor } from '@spanforge/govern';
import { createGovernance, type Governance } from '@spanforge/langchain';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { createAgent, FakeToolCallingModel, tool } from 'langchain';
import { measure, median } from './measure.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    calls: { type: 'string', default: '400' },
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
  agent: 'bench',
  actor: 'alice',
};
const BUNDLE = `
policy_id: bench
version: "1.0"
environment: prod
owner: bench
effective_at: "2026-01-01T00:00:00Z"
rules:
  - rule_id: wait
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: args.amount > 100
    action: human_review
    rationale: A refund over 100 needs a second pair of eyes.
`;
const KINDS = ['bare', 'memory', 'sqlite'] as const;
type Kind = (typeof KINDS)[number];

const refund = tool(async ({ amount }: { amount: number }) => `paid ${amount}`, {
  name: 'refund',
  description: 'Pays money back.',
  schema: {
    type: 'object',
    properties: { order: { type: 'string' }, amount: { type: 'number' } },
  },
});
const callOf = (id: string) =>
  ({ name: 'refund', args: { order: 'A-1', amount: 20 }, id, type: 'tool_call' }) as const;

interface Called {
  invoke(call: ReturnType<typeof callOf>): Promise<{ readonly text: string }>;
}

/** One call: of the tool alone, or of an agent whose model calls it and then is done. */
const SUBJECTS: Readonly<
  Record<string, (governance: Governance | undefined) => (id: string) => Promise<string>>
> = {
  'governance.tool': (governance) => {
    const called = (governance ? governance.tool(refund) : refund) as typeof refund & Called;
    return async (id) => (await called.invoke(callOf(id))).text;
  },
  'middleware of createAgent': (governance) => async (id) => {
    const agent = createAgent({
      model: new FakeToolCallingModel({ toolCalls: [[callOf(id)], []] }),
      tools: [refund],
      middleware: governance ? [governance.middleware()] : [],
    });
    const { messages } = await agent.invoke({ messages: 'go' });
    return messages.find(({ type }) => type === 'tool')?.text ?? '';
  },
};

async function openGovernance(kind: Kind, folder: string) {
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
  const setup = { ...CONTEXT, traceId: 'setup', source: 'bench@1.0.0' };
  const policy = createPolicy({ recorder: log, reader: log, context: setup });
  await policy.lifecycle.activate(parseBundleYaml(BUNDLE, { file: 'bench.yaml' }));
  const governance = createGovernance({
    governor: createGovernor({ log, policy }),
    context: ({ toolCallId = '0' }) => ({
      ...CONTEXT,
      traceId: `trace-${Number(toolCallId.slice(1)) % 997}`,
    }),
  });
  return { governance, waited, close: () => log.close() };
}

interface Figures {
  readonly meanMs: number;
  /** Of the mean, waiting for the store; only told apart with one call in flight. */
  readonly storeMs: number;
  readonly appends: number;
}

async function round(name: string, kind: Kind, inFlight: number, folder: string): Promise<Figures> {
  const opened = kind === 'bare' ? undefined : await openGovernance(kind, folder);
  const count = Number(values.calls);
  try {
    const call = SUBJECTS[name]?.(opened?.governance);
    const subject = {
      action: async (number: number) => {
        if ((await call?.(`c${number}`)) !== 'paid 20') throw new Error('the tool did not run');
      },
    };
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

type Row = Readonly<Record<Kind, Figures>> & { readonly name: string; readonly inFlight: number };

/** Every kind in turn, round by round, so that what the machine does hits all. */
async function compare(name: string, inFlight: number, folder: string): Promise<Row> {
  const all: Record<Kind, Figures[]> = { bare: [], memory: [], sqlite: [] };
  for (let at = 0; at < Number(values.rounds); at += 1) {
    for (const kind of KINDS) all[kind].push(await round(name, kind, inFlight, folder));
  }
  const middle = (kind: Kind): Figures => ({
    meanMs: median(all[kind].map(({ meanMs }) => meanMs)),
    storeMs: median(all[kind].map(({ storeMs }) => storeMs)),
    appends: median(all[kind].map(({ appends }) => appends)),
  });
  return {
    name,
    inFlight,
    bare: middle('bare'),
    memory: middle('memory'),
    sqlite: middle('sqlite'),
  };
}

function line({ name, inFlight, bare, memory, sqlite }: Row): string {
  const extra = sqlite.meanMs - bare.meanMs;
  const percent = (ms: number): string => `${Math.round((100 * ms) / extra)} %`;
  const timed = inFlight === 1 ? `${percent(sqlite.storeMs)} timed, ` : '';
  const share = `${timed}${percent(sqlite.meanMs - memory.meanMs)} over memory`;
  const figures = [bare.meanMs, memory.meanMs, sqlite.meanMs, extra].map((ms) => ms.toFixed(3));
  return `| ${[name, inFlight, ...figures, sqlite.appends.toFixed(2), share].join(' | ')} |`;
}

const folder = await mkdtemp(join(values.folder, 'adapters-'));
const rows: Row[] = [];
try {
  for (const inFlight of values['in-flight'].split(',').map(Number)) {
    for (const name of Object.keys(SUBJECTS)) rows.push(await compare(name, inFlight, folder));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (values.json) console.log(JSON.stringify(rows, null, 2));
else {
  const head =
    'call | in flight | bare ms | governed, memory ms | governed, SQLite ms | extra ms | appends a call | share of durable commits in the extra';
  console.log(`| ${head} |\n|${head.replaceAll(/[^|]+/g, '---')}|`);
  for (const row of rows) console.log(line(row));
}
