import type { ReviewVerdict } from '@spanforge/policy';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { type PolicyArguments, withPolicy } from './with-policy.js';

/** What `spanforge policy review` is told. */
export interface PolicyReviewArguments extends PolicyArguments {
  readonly reviewer: string;
  readonly verdict: ReviewVerdict;
  readonly note?: string;
  readonly trace?: string;
}

/** `spanforge policy review`: says of a decision whether it was right. */
export function policyReview(
  io: CommandIo,
  options: PolicyReviewArguments,
  decisionId: string,
): Promise<CommandResult> {
  const { reviewer, verdict, note, trace } = options;
  return withPolicy(io, { ...options, actor: reviewer }, async ({ policy }) => {
    await policy.labels.recordReview({
      decisionId,
      reviewer,
      verdict,
      ...(note === undefined ? {} : { note }),
      ...(trace === undefined ? {} : { traceId: trace }),
    });
    return {
      exitCode: EXIT.ok,
      text: `recorded: ${reviewer} says ${verdict} of ${decisionId}`,
      json: { decision_id: decisionId, reviewer, verdict },
    };
  });
}
