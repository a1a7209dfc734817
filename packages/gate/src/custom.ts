import { z } from 'zod';
import type { Assessment, ExecutorInput, GateExecutor } from './executor.js';
import type { GateMetrics, MetricType } from './model/verdict.js';

/** What an executor of the host answers. */
export interface HostAnswer {
  /** Undefined where it cannot tell: INCONCLUSIVE. */
  readonly passed: boolean | undefined;
  readonly reason: string;
  readonly metrics: GateMetrics;
}

/**
 * Makes a type of gate of the host's own. What it throws, and an answer that is none, is a failed
 * gate. Its verdict is the host's word: `verifyGateStatement` checks what follows from it, and says
 * `incomplete`.
 */
export function defineGateExecutor(options: {
  readonly type: string;
  /** What it emits, as `pass_condition` may name it. */
  readonly metrics: Readonly<Record<string, MetricType>>;
  /** A schema of its options (`with`); anything when absent. */
  readonly options?: z.ZodType;
  readonly run: (input: ExecutorInput) => Promise<HostAnswer>;
}): GateExecutor {
  const { type, metrics, run } = options;
  return {
    ...{ type, metrics, opaque: true, options: options.options ?? z.unknown() },
    async gather(input) {
      const { passed, reason, metrics: found } = answerSchema.parse(await run(input));
      const result = passed === undefined ? 'inconclusive' : passed ? 'pass' : 'fail';
      const facts = { result, firm: passed === undefined, reason_code: `host_${result}`, reason };
      return { facts: { ...facts, metrics: found } };
    },
    judge: (facts) => {
      const { result, firm, reason_code: reasonCode, reason, metrics: found } = facts;
      return { result, firm, reasonCode, reason, metrics: found } as Assessment;
    },
  };
}

const answerSchema = z.object({
  passed: z.boolean().optional(),
  reason: z.string().max(2048),
  metrics: z.record(
    z.string(),
    z.union([z.number(), z.boolean(), z.string(), z.array(z.string())]),
  ),
});
