import { unrecordedDecision, withDecision } from '../model/combined-decision.js';
import type { DecidedCall } from '../model/open-call.js';
import type { GovernedResult } from '../model/result.js';
import { streamKind } from '../stream/source.js';
import { endCall, type RunningCall } from './end.js';
import { type PassThroughParts, passesThrough, passStream } from './pass-through.js';
import { unrecordedCall } from './refuse.js';
import { runTool } from './run-tool.js';
import type { Start } from './start.js';

/** What running a tool until its call has ended needs. */
export interface RunParts extends PassThroughParts {
  readonly toolTimeoutMs: number | undefined;
}

/** Runs the tool of a started call, and ends the call when the tool is done. */
export async function runToEnd(
  parts: RunParts,
  running: RunningCall,
): Promise<GovernedResult<unknown>> {
  const { decided, started } = running;
  const { call, tool } = decided;
  const { clock, streamLimits: limits } = parts;
  if (tool.kind === 'unknown') return unrecordedCall(decided, decided.combined, undefined);
  try {
    const startedMs = clock();
    const limitMs = tool.options.toolTimeoutMs ?? parts.toolTimeoutMs;
    const passes = passesThrough(parts.after, decided);
    const held = { kind: passes ? 'hold_sync' : 'hold', limits } as const;
    const run = await runTool(tool.run, started.given, {
      callId: call.callId,
      signal: call.signal,
      limitMs,
      streams: call.mode === 'shadow' ? { kind: 'leave' } : held,
    });
    const kind = passes && run.kind === 'completed' ? streamKind(run.value) : undefined;
    // A synchronous generator cannot wait until its ending is durable, so it is never passed through.
    if (run.kind === 'completed' && kind !== undefined && kind !== 'sync') {
      return await passStream(parts, running, { startedMs, limitMs }, { value: run.value, kind });
    }
    const durationMs = Math.max(0, clock() - startedMs);
    return endCall(parts, { run, durationMs, passed: 'nothing', ...running });
  } catch (error) {
    // Controls waiting for a record of theirs get the error too.
    started.stage.discard(error);
    throw error;
  }
}

/** When the start could not be recorded: an enforced call does not run, a shadow call still runs. */
export async function runUnrecorded(
  parts: RunParts,
  decided: DecidedCall,
  { startedId, cause }: Extract<Start, { kind: 'unrecorded' }>,
): Promise<GovernedResult<unknown>> {
  if (decided.call.mode === 'enforce') return unrecordedCall(decided, decided.combined, cause);
  const combined = withDecision(decided.combined, unrecordedDecision(cause), cause);
  const started = {
    kind: 'started',
    startedId,
    given: decided.args.value,
    args: undefined,
    commit: 'done',
    stage: parts.log.stage(),
    receipts: [],
  } as const;
  return runToEnd(parts, { decided: { ...decided, combined }, approval: undefined, started });
}
