import { GateError } from '../error.js';
import type { ExecutorInput, GateExecutor, GateServices, GatheredFacts } from '../executor.js';
import type { GateDefinition } from '../model/definition.js';
import { assess, type EvaluatedGate, notGathered } from '../verdict/assess.js';
import { concludeGate } from '../verdict/conclude.js';

/**
 * The code and reason of a failure. Its own message is used only if it cannot contain governed
 * text.
 */
export function reasonOf(error: unknown): { readonly code: string; readonly reason: string } {
  if (GateError.is(error)) {
    return { code: error.code.toLowerCase(), reason: error.message.slice(0, 1024) };
  }
  const name = error instanceof Error ? error.name : 'something that is not an error';
  return { code: 'executor_failed', reason: `the executor failed (${name})` };
}

async function gatherInTime(
  executor: GateExecutor,
  gate: GateDefinition,
  input: Omit<ExecutorInput, 'signal' | 'gate'>,
): Promise<GatheredFacts> {
  const timeoutMs = gate.timeout_seconds * 1000;
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve('late');
    }, timeoutMs);
  });
  try {
    const work = executor.gather({ ...input, gate, signal: controller.signal });
    const first = await Promise.race([work, late]);
    if (first !== 'late') return first;
    work.catch(() => {});
    return notGathered('timeout', `the gate took longer than ${gate.timeout_seconds} seconds`);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

/** Evaluates one gate. Any error makes it a failed gate, never a missing one. Never rejects. */
export async function evaluateGate(
  executor: GateExecutor | undefined,
  gate: GateDefinition,
  options: {
    readonly services: GateServices;
    readonly payload?: unknown;
    readonly monotonic: () => number;
  },
): Promise<EvaluatedGate> {
  const { services, payload, monotonic } = options;
  const startedMs = services.clock();
  const started = monotonic();
  let gathered: GatheredFacts;
  let error: unknown;
  if (executor === undefined) {
    gathered = notGathered('unknown_type', `no executor for gates of type ${gate.type}`);
  } else {
    try {
      gathered = await gatherInTime(executor, gate, {
        services,
        ...(payload === undefined ? {} : { payload }),
      });
    } catch (caught) {
      error = caught;
      const { code, reason } = reasonOf(caught);
      gathered = notGathered(code, reason);
    }
  }
  const metrics = executor?.metrics ?? {};
  const conclusion = concludeGate(assess(executor, gathered.facts), {
    onFail: gate.on_fail,
    metrics,
    ...(gate.pass_condition === undefined ? {} : { passCondition: gate.pass_condition }),
  });
  return {
    ...{ gate, gathered, conclusion, metrics, startedMs },
    opaque: executor?.opaque === true,
    durationMs: Math.max(0, monotonic() - started),
    ...(error === undefined ? {} : { error }),
  };
}
