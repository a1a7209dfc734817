import type { Assessment, GateExecutor, GatheredFacts } from '../executor.js';
import type { GateDefinition } from '../model/definition.js';
import type { MetricType } from '../model/verdict.js';
import { failure, type GateConclusion } from './conclude.js';

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

/** The facts of a gate that could not gather any: why not. */
export function notGathered(code: string, reason: string, result = 'fail'): GatheredFacts {
  return { facts: { [NOT_GATHERED]: { code, reason, result } } };
}
