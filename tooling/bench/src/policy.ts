import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EngineName, Order, Reply } from './engine-host.js';
import { median } from './measure.js';

const { values } = parseArgs({
  options: {
    rules: { type: 'string', default: '10,100,1000,10000' },
    rounds: { type: 'string', default: '5' },
    'round-ms': { type: 'string', default: '150' },
    json: { type: 'boolean', default: false },
  },
});

/** Ours and the peers, compared with ours. */
const NAMES: Readonly<Partial<Record<EngineName, string>>> = {
  spanforge: 'spanforge',
  casl: 'CASL',
  cedarWasm: 'cedar-wasm, stateful',
  casbin: 'casbin',
  agentGovernance: 'agent-governance-sdk',
};

/** Ours beside itself: the same questions, explained, and other rules. */
const OURS: Readonly<Partial<Record<EngineName, string>>> = {
  spanforge: 'decided',
  spanforgeExplained: 'decided and explained',
  spanforgeOr: 'decided, `or` in every rule, all on one tool',
};

interface Row {
  readonly rules: number;
  readonly outcome: 'allow' | 'deny';
  readonly engine: string;
  /** Microseconds a decision, median of the rounds. */
  readonly us: number;
  /** Median over rounds of theirs / ours. */
  readonly ratio: number;
}

/** An engine in a process of its own, so that no engine is compiled for the habits of another. */
interface Hosted {
  readonly name: EngineName;
  readonly child: ChildProcess;
}

async function ask({ child }: Hosted, order: Order): Promise<number> {
  child.send(order);
  const died = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${order.engine} died at ${order.rules} rules: ${code ?? signal}`);
  });
  const [reply] = (await Promise.race([once(child, 'message'), died])) as [Reply];
  if ('error' in reply) throw new Error(`${order.engine}: ${reply.error}`);
  return reply.us;
}

/** All engines in turn, round by round, so that what the machine does hits every one of them. */
async function compare(
  hosted: readonly Hosted[],
  names: Readonly<Partial<Record<EngineName, string>>>,
  rules: number,
  outcome: 'allow' | 'deny',
): Promise<readonly Row[]> {
  const forMs = Number(values['round-ms']);
  const times = hosted.map((): number[] => []);
  for (const one of hosted) await ask(one, { engine: one.name, rules, outcome, forMs });
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [index, one] of hosted.entries()) {
      times[index]?.push(await ask(one, { engine: one.name, rules, outcome, forMs }));
    }
  }
  const ours = times[0] ?? [];
  return hosted.map(({ name }, index) => {
    const theirs = times[index] ?? [];
    const ratio = median(theirs.map((time, at) => time / (ours[at] ?? Number.NaN)));
    return { rules, outcome, engine: names[name] ?? name, us: median(theirs), ratio };
  });
}

const host = fileURLToPath(new URL('./engine-host.js', import.meta.url));
/** An explanation tells of every rule of a control: with more rules it is not timed. */
const EXPLAINED = 100;

const rows: Row[] = [];

async function printTable(
  names: Readonly<Partial<Record<EngineName, string>>>,
  counts: readonly number[],
): Promise<void> {
  const all = (Object.keys(names) as EngineName[]).map(
    (name): Hosted => ({ name, child: fork(host) }),
  );
  if (!values.json) {
    console.log('| rules | outcome | engine | µs a decision | times ours |');
    console.log('|---|---|---|---|---|');
  }
  try {
    for (const count of counts) {
      const hosted = all.filter(({ name }) => name !== 'spanforgeExplained' || count <= EXPLAINED);
      for (const outcome of ['allow', 'deny'] as const) {
        for (const row of await compare(hosted, names, count, outcome)) {
          rows.push(row);
          const cells = [row.rules, outcome, row.engine, row.us.toFixed(2), row.ratio.toFixed(2)];
          if (!values.json) console.log(`| ${cells.join(' | ')} |`);
        }
      }
    }
  } finally {
    for (const { child } of all) child.kill();
  }
}

const counts = values.rules.split(',').map(Number);
await printTable(OURS, counts);
if (!values.json) console.log();
await printTable(NAMES, counts);
if (values.json) console.log(JSON.stringify(rows, null, 2));
