import type { PastCall, PolicyRequest } from '@spanforge/core-events';
import type { EarlierCall, RecordedDecision } from './recorded.js';

/** One recorded call of a tool. */
export interface AgentRunCall {
  readonly name: string;
  readonly args: unknown;
  /** The tool's answer; absent if it was not recorded. */
  readonly result?: unknown;
}

/** One recorded run of an agent: its calls in the order they were made. */
export interface AgentRun {
  readonly id: string;
  readonly calls: readonly AgentRunCall[];
}

/** The agent, actor, environment and time by which the calls of a run are judged. */
export interface RunSetting {
  readonly environment: string;
  /** Epoch milliseconds: every call is judged at this time. */
  readonly time: number;
  readonly agent: string;
  readonly actor: string;
  readonly tenant: string;
}

/**
 * The decisions that `govern` would ask for about the calls of a run: one before each call and, if
 * the call can run, one about its result. The past does not change: a call that would have been
 * stopped still gives its result to the facts of later calls.
 */
export function* decisionsOfRun(run: AgentRun, setting: RunSetting): Generator<RecordedDecision> {
  for (const [at, call] of run.calls.entries()) {
    const earlier = run.calls.slice(0, at).map(earlierCall);
    const history = { calls: () => earlier, bundle: () => undefined };
    const about = { traceId: run.id, tenant: setting.tenant, service: 'sf_govern' } as const;
    const decision = (control: 'tool_call' | 'tool_result'): RecordedDecision => ({
      ...about,
      id: `${run.id}#${at}`,
      control,
      tool: call.name,
      request: requestOf(call, control, setting),
      history,
      deniesUnknown: true,
    });
    yield decision('tool_call');
    yield { ...decision('tool_result'), ofResult: true };
  }
}

function earlierCall({ name, args, result }: AgentRunCall): EarlierCall {
  if (result === undefined) return { tool: name, lost: 'result' };
  const call: PastCall = { tool: name, args, result };
  return { tool: name, call };
}

function requestOf(call: AgentRunCall, control: string, setting: RunSetting): PolicyRequest {
  const { environment, time, agent, actor } = setting;
  const known = control === 'tool_result' && call.result !== undefined;
  return {
    service: 'sf_govern',
    control,
    tool: call.name,
    args: call.args,
    agent: { id: agent },
    actor: { id: actor },
    env: environment,
    time,
    ...(known ? { facts: { result: call.result } } : {}),
  };
}
