import type { Clock } from '@spanforge/core-events';
import type { StagingRecorder } from '@spanforge/core-events/log';
import type { NamedSlot } from '../controls/ask-control.js';
import { neededControls } from '../controls/installed-controls.js';
import { commitStage } from '../evidence/commit.js';
import { type DecidedCall, reportOf } from '../model/open-call.js';
import type { FinishedCall, GovernedResult, StreamingCall } from '../model/result.js';
import { redactionsFor } from '../redaction/redact.js';
import { createCollector, type StreamLimits } from '../stream/collect.js';
import { asWebStream, relayStream, type StreamCut } from '../stream/relay.js';
import { openStream, type StreamKind } from '../stream/source.js';
import { answerUnrecorded, type EndParts, endCall, type RunningCall } from './end.js';
import type { ToolRun } from './run-tool.js';
import type { StartedCall } from './start.js';

/** What passing a stream through needs. */
export interface PassThroughParts extends EndParts {
  readonly log: StagingRecorder;
  readonly clock: Clock;
  readonly streamLimits: StreamLimits;
}

/** Since when a tool has been running, and for how long it may. */
export interface RunTiming {
  readonly startedMs: number;
  readonly limitMs: number | undefined;
}

/** True when a stream may be passed on as it comes: no control judges it, or its operator allows it. */
export function passesThrough(
  after: readonly NamedSlot[],
  { call, tool, combined }: DecidedCall,
): boolean {
  if (call.mode === 'shadow') return true;
  const { stream } = tool.options;
  const { obligations } = combined.decision;
  if (stream === 'buffer' || redactionsFor(obligations, 'result').length > 0) return false;
  return stream === 'pass_through' || neededControls(after, call).length === 0;
}

/** Settles when the caller cancels or the time is up; `clear` removes timer and listener. */
function watchForCut(
  signal: AbortSignal | undefined,
  leftMs: number | undefined,
): { cut: StreamCut; clear: () => void } {
  let clear = (): void => undefined;
  const cut: StreamCut = new Promise((resolve) => {
    const onAbort = (): void => resolve({ kind: 'cancelled', executed: true });
    const timer =
      leftMs === undefined
        ? undefined
        : setTimeout(() => resolve({ kind: 'timed_out', executed: true }), leftMs);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    clear = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  });
  return { cut, clear };
}

/** Commits a start that was only staged, before any part of the stream is passed on. @throws what the commit throws. */
async function commitStart(
  { log, commitLimit }: PassThroughParts,
  { started, decided }: RunningCall,
): Promise<StartedCall> {
  if (started.commit === 'done') return started;
  const committed = await commitStage(started.stage, {}, commitLimit);
  const own = {
    ...started,
    commit: 'done' as const,
    stage: log.stage({ stored: started.args ? [started.args] : [] }),
  };
  if (committed.kind === 'stored') return { ...own, receipts: committed.receipts };
  if (decided.call.mode === 'shadow') return { ...own, startedId: undefined };
  throw committed.cause;
}

/**
 * Passes a stream on as it comes, and ends its call when it ends.
 *
 * @throws {GovernError} `GOVERN_ENDING_NOT_RECORDED` when its start could not be recorded.
 */
export async function passStream(
  parts: PassThroughParts,
  running: RunningCall,
  { startedMs, limitMs }: RunTiming,
  stream: { readonly value: unknown; readonly kind: StreamKind },
): Promise<GovernedResult<unknown>> {
  const { decided } = running;
  const { clock } = parts;
  const source = openStream(stream.value, stream.kind);
  let started: StartedCall;
  try {
    started = await commitStart(parts, running);
  } catch (cause) {
    source.cancel();
    const run: ToolRun = { kind: 'cancelled', executed: true };
    const ran = { ...running, run, durationMs: 0, passed: 'nothing' } as const;
    return answerUnrecorded(parts.traces, ran, cause);
  }
  const passedMs = Math.max(0, clock() - startedMs);
  const leftMs = limitMs === undefined ? undefined : Math.max(1, limitMs - passedMs);
  const { cut, clear } = watchForCut(decided.call.signal, leftMs);
  const kept = createCollector(parts.streamLimits);
  let passed: 'whole' | 'too_large' = 'whole';
  let settle: (ended: Promise<FinishedCall>) => void = () => undefined;
  const ended = new Promise<FinishedCall>((resolve) => {
    settle = resolve;
  });
  // A caller who does not look at `ended` must not crash because of it.
  ended.catch(() => undefined);
  const end = (run: ToolRun): Promise<FinishedCall> => {
    clear();
    const seen: ToolRun = run.kind === 'completed' ? { ...run, value: kept.content() } : run;
    const durationMs = Math.max(0, clock() - startedMs);
    const finished = endCall(parts, { ...running, started, run: seen, durationMs, passed });
    settle(finished);
    return finished;
  };
  const pass = (part: unknown): void => {
    if (!kept.add(part)) passed = 'too_large';
  };
  const iterator = relayStream(source, cut, { pass, end });
  const { ids: decisions, decision } = decided.combined;
  const { receipts } = started;
  const answer: StreamingCall<unknown> = {
    ...reportOf(decided, decision, { executed: true, decisions, receipts }),
    status: 'streaming',
    value: stream.kind === 'web' ? asWebStream(iterator) : iterator,
    ended,
  };
  return answer;
}
