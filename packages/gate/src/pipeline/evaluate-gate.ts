import { concludeGate, failure, type GateConclusion } from '../conclude.js';
import { GateError } from '../error.js';
import type {
  Assessment,
  ExecutorInput,
  GateExecutor,
  GateServices,
  GatheredFacts,
} from '../executor.js';
import type { MetricType } from '../model/verdict.js';
import type { GateDefinition } from './definition.js';

/** One evaluated gate: the facts that were gathered, and the verdict that follows. */
export interface EvaluatedGate {
  readonly gate: GateDefinition;
  readonly gathered: GatheredFacts;
  readonly conclusion: GateConclusion;
  readonly metrics: Readonly<Record<string, MetricType>>;
  readonly opaque: boolean;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly error?: unknown;
}

/** The fact of a gate that could gather none: the code of the failure. */
export const NOT_GATHERED = 'not_gathered';

/**
 * Assesses facts of any type of gate: the failure they contain, or else the answer of the type's
 * rule.
 */
export function assess(
  executor: Pick<GateExecutor, 'judge'> | undefined,
  facts: GatheredFacts['facts'],
): Assessment {
  const state = facts[NOT_GATHERED];
  if (typeof state === 'object' && state !== null) {
    const { code, reason, result } = state as Readonly<Record<string, unknown>>;
    const assessment = failure(String(code), String(reason));
    return result === 'skipped' ? { ...assessment, result: 'skipped' } : assessment;
  }
  if (executor === undefined) return failure('unknown_type', 'nothing evaluates this type of gate');
  try {
    return executor.judge(facts);
  } catch {
    return failure('facts_invalid', 'the facts of this gate cannot be judged');
  }
}

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

export function notGathered(code: string, reason: string, result = 'fail'): GatheredFacts {
  return { facts: { [NOT_GATHERED]: { code, reason, result } } };
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
