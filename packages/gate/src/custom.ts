import { z } from 'zod';
import type { Assessment, ExecutorInput, GateExecutor } from './executor.js';
import type { GateMetrics, MetricType } from './model/verdict.js';

/** The answer of an executor of the host. */
export interface HostAnswer {
  /** Undefined if it cannot tell: INCONCLUSIVE. */
  readonly passed: boolean | undefined;
  readonly reason: string;
  readonly metrics: GateMetrics;
}

/**
 * Defines a type of gate of the host's own. If it throws or gives no valid answer, the gate fails.
 * Its verdict rests on the host: `verifyGateStatement` checks what follows from it, and says
 * `incomplete`.
 */
export function defineGateExecutor(options: {
  readonly type: string;
  /** The metrics it emits, which `pass_condition` may name. */
  readonly metrics: Readonly<Record<string, MetricType>>;
  /** A schema of its options (`with`); when absent, anything is accepted. */
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
