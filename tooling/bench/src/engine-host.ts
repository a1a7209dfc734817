import { agentGovernance, casbin, casl, cedarWasm } from './engines/peers.js';
import { spanforge, spanforgeExplained, spanforgeOr } from './engines/spanforge.js';
import { type Engine, makeQuestions, makeRules, type Question } from './engines/workload.js';

/** What the bench asks of an engine that has a process to itself. */
export interface Order {
  readonly engine: EngineName;
  readonly rules: number;
  readonly outcome: 'allow' | 'deny';
  readonly forMs: number;
}

/** Microseconds a decision, or why there is none. */
export type Reply = { readonly us: number } | { readonly error: string };

const ENGINES = {
  spanforge,
  casl,
  cedarWasm,
  casbin,
  agentGovernance,
  spanforgeExplained,
  spanforgeOr,
};
export type EngineName = keyof typeof ENGINES;

let loaded: { readonly rules: number; readonly engine: Engine } | undefined;

async function load({ engine, rules }: Order): Promise<Engine> {
  if (loaded?.rules !== rules) {
    loaded = { rules, engine: await ENGINES[engine](makeRules(rules)) };
  }
  return loaded.engine;
}

function check(engine: Engine, questions: readonly Question[], wanted: boolean): void {
  for (const question of questions) {
    if (engine.allows(question) !== wanted) throw new Error(`wrong: ${JSON.stringify(question)}`);
  }
}

function askAll(engine: Engine, questions: readonly Question[]): number {
  let allowed = 0;
  for (const question of questions) if (engine.allows(question)) allowed += 1;
  return allowed;
}

/** Asks for a while. */
function time(engine: Engine, questions: readonly Question[], forMs: number): number {
  const started = process.hrtime.bigint();
  const until = started + BigInt(Math.round(forMs * 1e6));
  let asked = 0;
  let now = started;
  while (now < until) {
    askAll(engine, questions);
    asked += questions.length;
    now = process.hrtime.bigint();
  }
  return Number(now - started) / 1000 / asked;
}

process.on('message', async (order: Order) => {
  try {
    const engine = await load(order);
    const questions = makeQuestions(order.rules, order.outcome);
    check(engine, questions, order.outcome === 'allow');
    const reply: Reply = { us: time(engine, questions, order.forMs) };
    process.send?.(reply);
  } catch (error) {
    const reply: Reply = { error: String(error) };
    process.send?.(reply);
  }
});
