import {
  type Outcome,
  type PastCall,
  type PolicyVerdict,
  strictness,
} from '@spanforge/core-events';
import type { Decider } from '@spanforge/policy';
import type { RecordedRun, RecordedToolCall } from './read-runs.js';

/** The decision of a bundle about one recorded call, as a line of the report. */
export interface CallOutcome {
  readonly run: string;
  /** Zero-based position of the call in its run. */
  readonly call: number;
  readonly tool: string;
  readonly outcome: Outcome;
  /** Ids of the rules that contributed to the decision. */
  readonly rules: readonly string[];
  readonly reason: string;
  /** True when a rule could not be decided; then the stricter of its outcomes counts. */
  readonly indeterminate: boolean;
}

/** How to judge recorded calls. */
export interface ReplayerOptions {
  readonly decider: Decider;
  /** Epoch milliseconds: every call is judged at this time. */
  readonly time: number;
  readonly agent: string;
  readonly actor: string;
}

/** Judges recorded calls as govern would have, before and after each tool ran. */
export interface Replayer {
  replay(run: RecordedRun): readonly CallOutcome[];
}

/** The trace before a call; unknown as a whole if any of its results was not recorded. */
function earlierCalls(
  { calls }: RecordedRun,
  at: number,
): { readonly calls?: readonly PastCall[] } {
  const earlier = calls
    .slice(0, at)
    .flatMap(({ name, args, result }) =>
      result === undefined ? [] : { tool: name, args, result },
    );
  return earlier.length === at ? { calls: earlier } : {};
}

const REDUCED = { outcome: 'block', rules: [], indeterminate: false } as const;

/** Creates a replayer over a decider without any side effects. */
export function createReplayer({ decider, time, agent, actor }: ReplayerOptions): Replayer {
  const { bundle } = decider;
  const known = bundle.tools;
  const declared = Object.keys(known).length > 0;
  const judge = (control: string, call: RecordedToolCall, more: object): PolicyVerdict =>
    decider.decide({
      ...more,
      service: 'sf_govern',
      control,
      tool: call.name,
      args: call.args,
      agent: { id: agent },
      actor: { id: actor },
      env: bundle.environment,
      time,
    });

  function judgeCall(run: RecordedRun, call: RecordedToolCall, at: number): CallOutcome {
    const place = { run: run.id, call: at, tool: call.name };
    if (declared && !Object.hasOwn(known, call.name)) {
      return { ...place, ...REDUCED, reason: 'The bundle does not know this tool.' };
    }
    const calls = earlierCalls(run, at);
    const before = judge('tool_call', call, calls);
    const answer = call.result === undefined ? {} : { facts: { result: call.result } };
    const after =
      before.outcome === 'block' ? undefined : judge('tool_result', call, { ...calls, ...answer });
    const winner = after && strictness(after.outcome) > strictness(before.outcome) ? after : before;
    const findings = [...before.rules, ...(after?.rules ?? [])].filter(
      ({ finding }) => finding !== 'shadow',
    );
    return {
      ...place,
      outcome: winner.outcome,
      rules: [...new Set(findings.map(({ ruleId }) => ruleId))],
      reason: winner.reason,
      indeterminate: findings.some(({ finding }) => finding === 'indeterminate'),
    };
  }

  return { replay: (run) => run.calls.map((call, at) => judgeCall(run, call, at)) };
}
