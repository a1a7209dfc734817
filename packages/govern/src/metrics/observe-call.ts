import type { GovernObserver } from '../model/observation.js';
import type { DecidedCall } from '../model/open-call.js';
import type { GovernedResult } from '../model/result.js';
import { wasEvaluated } from './was-evaluated.js';

type CallEnd =
  | { readonly kind: 'ended'; readonly result: GovernedResult<unknown> }
  /** The call rejected: the tool may have run, and its ending is not on record. */
  | { readonly kind: 'rejected' };

function tell(
  observe: GovernObserver,
  { call, combined, decisionMs }: DecidedCall,
  end: CallEnd,
): void {
  const { tool, effect, mode } = call;
  const unrecorded = {
    status: 'unrecorded',
    outcome: 'block',
    reasonCode: 'evidence_unavailable',
    executed: true,
    decisions: [],
  } as const;
  const last = end.kind === 'ended' ? end.result : unrecorded;
  const { status, outcome, reasonCode, executed, decisions } = last;
  const evaluated = wasEvaluated({ notAsked: combined.notAsked, decisions, reasonCode });
  try {
    observe({ tool, effect, mode, status, outcome, reasonCode, executed, evaluated, decisionMs });
  } catch {
    // An observer that fails must not fail the call.
  }
}

/** Calls the observer before the caller gets the result; for a stream, when the stream has ended. */
export function observeCall(
  observe: GovernObserver,
  decided: DecidedCall,
  result: Promise<GovernedResult<unknown>>,
): Promise<GovernedResult<unknown>> {
  const ended = (end: CallEnd): void => tell(observe, decided, end);
  return result.then(
    (answer) => {
      if (answer.status === 'streaming') {
        answer.ended.then(
          (last) => ended({ kind: 'ended', result: last }),
          () => ended({ kind: 'rejected' }),
        );
      } else ended({ kind: 'ended', result: answer });
      return answer;
    },
    (error: unknown) => {
      ended({ kind: 'rejected' });
      throw error;
    },
  );
}
