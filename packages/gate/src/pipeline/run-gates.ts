import type { GateDefinition, Pipeline } from '../model/definition.js';
import { assess, type EvaluatedGate, notGathered } from '../verdict/assess.js';
import { concludeGate } from '../verdict/conclude.js';
import { compileSkipCondition } from '../verdict/condition.js';

/** The number of gates that run at the same time. */
const CONCURRENCY = 4;

function notRun(gate: GateDefinition, code: string, reason: string, result: string): EvaluatedGate {
  const gathered = notGathered(code, reason, result);
  const conclusion = concludeGate(assess(undefined, gathered.facts), {
    onFail: gate.on_fail,
    metrics: {},
  });
  return {
    ...{ gate, gathered, conclusion, metrics: {}, opaque: false },
    startedMs: 0,
    durationMs: 0,
  };
}

/**
 * Why a gate is skipped; undefined if it is not. A condition that cannot be decided does not skip.
 */
function skipReason(gate: GateDefinition, { vars }: Pipeline): string | undefined {
  if (gate.skip_if === undefined) return undefined;
  const { value } = compileSkipCondition(gate.skip_if, vars).evaluate({ vars });
  return value === true ? `skip_if holds: ${gate.skip_if}` : undefined;
}

/**
 * Runs every gate of a pipeline, in parallel where none waits for another. A gate whose needs did
 * not pass is not run and fails; a failed gate stops no other.
 */
export async function runGates(
  pipeline: Pipeline,
  evaluate: (gate: GateDefinition) => Promise<EvaluatedGate>,
): Promise<readonly EvaluatedGate[]> {
  const done = new Map<string, Promise<EvaluatedGate>>();
  const free: (() => void)[] = [];
  let running = 0;
  const enter = async (): Promise<void> => {
    if (running >= CONCURRENCY) await new Promise<void>((resolve) => free.push(resolve));
    else running += 1;
  };
  const leave = (): void => {
    const next = free.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  const start = async (gate: GateDefinition): Promise<EvaluatedGate> => {
    const needed = await Promise.all(gate.needs.map((id) => done.get(id) ?? begin(id)));
    const unmet = needed.find(({ conclusion: { verdict } }) => !['PASS', 'WARN'].includes(verdict));
    const skipped = skipReason(gate, pipeline);
    if (skipped !== undefined) return notRun(gate, 'skipped', skipped, 'skipped');
    if (unmet !== undefined) {
      const reason = `${unmet.gate.id}, which it needs, came to ${unmet.conclusion.verdict}`;
      return notRun(gate, 'needs_not_met', reason, 'fail');
    }
    await enter();
    try {
      return await evaluate(gate);
    } finally {
      leave();
    }
  };
  const byId = new Map(pipeline.gates.map((gate) => [gate.id, gate]));
  const begin = (id: string): Promise<EvaluatedGate> => {
    const known = done.get(id);
    if (known !== undefined) return known;
    const gate = byId.get(id);
    if (gate === undefined) throw new TypeError(`no gate ${id}`);
    const promise = start(gate);
    done.set(id, promise);
    return promise;
  };
  return Promise.all(pipeline.gates.map(({ id }) => begin(id)));
}
