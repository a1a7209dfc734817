import type { PolicyReference } from '@spanforge/core-events';
import { GateError } from '../error.js';
import type { ExecutorInput } from '../executor.js';
import type { GoldenResult } from './read-results.js';

/** The policy's decisions about the cases. */
export interface Decisions {
  readonly decisions: number;
  readonly decisionsAllowed: number;
  readonly refused: readonly string[];
  readonly policy?: PolicyReference;
}

/**
 * Asks the policy about every case, as production would: `sf_govern/tool_call` in `production`,
 * with the case's user and scope. The policy records each decision, if it has a recorder.
 *
 * @throws {GateError} `GATE_EVIDENCE_UNAVAILABLE` without a policy, `GATE_INPUT_INVALID` for a case
 *   that names no user.
 */
export async function decideCases(
  { services, signal }: ExecutorInput,
  cases: readonly GoldenResult[],
): Promise<Decisions> {
  const { policy, recorder, context } = services;
  if (policy === undefined)
    throw new GateError('GATE_EVIDENCE_UNAVAILABLE', 'there is no policy to ask');
  let allowed = 0;
  let reference: PolicyReference | undefined;
  const refused: string[] = [];
  for (const { caseId, userId, scope, tool } of cases) {
    signal.throwIfAborted();
    if (userId === undefined) {
      throw new GateError('GATE_INPUT_INVALID', `the case ${caseId.slice(0, 64)} names no user_id`);
    }
    const verdict = await policy.decide(
      {
        ...{
          service: 'sf_govern',
          control: 'tool_call',
          env: 'production',
          time: services.clock(),
        },
        actor: { id: userId },
        ...(tool === undefined ? {} : { tool }),
        ...(scope === undefined ? {} : { resource: scope, context: { scope } }),
        ...(context === undefined ? {} : { agent: { id: context.agent } }),
      },
      recorder === undefined || context === undefined
        ? undefined
        : { recorder, context: { ...context, env: 'production', actor: userId } },
    );
    reference ??= verdict.policy;
    if (verdict.outcome === 'allow' || verdict.outcome === 'allow+log') allowed += 1;
    else refused.push(caseId);
  }
  return {
    ...{ decisions: cases.length, decisionsAllowed: allowed, refused },
    ...(reference === undefined ? {} : { policy: reference }),
  };
}
