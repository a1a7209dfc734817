import type { Clock, Decision, Discloser, EvidenceReader, MakeId } from '@spanforge/core-events';
import type { StagingRecorder } from '@spanforge/core-events/log';
import type { Question } from './ask.js';
import type { CallContext, GovernedCall, GovernMode } from './call.js';
import type { ToolContext, ToolOptions } from './options.js';
import type { CallReport } from './result.js';
import type { Reviews } from './reviews.js';
import { type Describe, type Snapshot, takeSnapshot } from './snapshot.js';

/** A governor's parts with every default filled in. */
export interface Setup {
  readonly log: StagingRecorder & EvidenceReader;
  readonly reviews: Reviews;
  readonly before: (call: GovernedCall) => readonly Question[];
  readonly after: (call: GovernedCall, result: unknown) => readonly Question[];
  readonly mode: GovernMode;
  readonly clock: Clock;
  readonly ids: MakeId;
  readonly disclose: Discloser;
  readonly describe: Describe | undefined;
  readonly controlTimeoutMs: number;
  readonly commitTimeoutMs: number;
  readonly toolTimeoutMs: number | undefined;
  readonly reviewTtlMs: number;
  readonly source: string;
}

/** A tool by its name, its types behind it. */
export interface RegisteredTool {
  readonly options: ToolOptions<never>;
  /** Absent for a name nobody registered. */
  readonly run?: (args: unknown, context: ToolContext) => unknown;
}

/** One call under way: what was asked for, held still. */
export interface Action {
  readonly setup: Setup;
  readonly tool: RegisteredTool;
  readonly call: GovernedCall;
  readonly args: Snapshot;
  /** Why no control needs to be asked. */
  readonly refusal?: Decision;
  readonly cause?: unknown;
  /** The approval the caller names. */
  readonly reviewId?: string;
}

/** A `block` that govern itself decides. */
export function blocked(reasonCode: string, reason: string): Decision {
  return { outcome: 'block', obligations: [], reason, reasonCode };
}

const UNKNOWN_TOOL = blocked('unknown_tool', 'No tool of that name is governed here.');
const ARGS_INVALID = blocked('args_unrecordable', 'The arguments cannot be put on record.');

type Taken = Pick<Action, 'args' | 'refusal' | 'cause'> & { readonly described: unknown };

function takeArgs(setup: Setup, tool: RegisteredTool, args: unknown): Taken {
  try {
    const taken = takeSnapshot(args, setup.describe);
    const described = taken.described;
    return { args: taken, described, ...(tool.run ? {} : { refusal: UNKNOWN_TOOL }) };
  } catch (cause) {
    const described = { unrecordable: 'arguments' };
    return {
      args: { value: args, described, exact: false },
      described,
      refusal: ARGS_INVALID,
      cause,
    };
  }
}

type Measures = Pick<GovernedCall, 'resource' | 'observed'>;

function measure({ name, resource, observe }: ToolOptions<never>, args: unknown): Measures {
  const named = typeof resource === 'function' ? resource(args as never) : (resource ?? name);
  return observe ? { resource: named, observed: observe(args as never) } : { resource: named };
}

function takeMeasures(
  tool: RegisteredTool,
  taken: Taken,
): Measures & Pick<Action, 'refusal' | 'cause'> {
  const { options } = tool;
  if (taken.refusal) return { resource: options.name };
  try {
    return measure(options, taken.args.value);
  } catch (cause) {
    const refusal = blocked('control_failed', 'What the controls need to know cannot be measured.');
    return { resource: options.name, refusal, cause };
  }
}

/** Begins a call: takes everything the caller could still change, and waits for nothing. */
export function openAction(
  setup: Setup,
  tool: RegisteredTool,
  args: unknown,
  from: CallContext,
): Action {
  const { options } = tool;
  const effect = options.effect ?? 'write';
  const { described, ...taken } = takeArgs(setup, tool, args);
  const { resource, observed, ...measured } = takeMeasures(tool, { described, ...taken });
  const { tenant, project, env, run, traceId, spanId, agent, actor } = from;
  const { source } = setup;
  const place = { tenant, project, env, run, traceId, agent, actor, source };
  const context = Object.freeze(spanId === undefined ? place : { ...place, spanId });
  const call: GovernedCall = {
    callId: from.callId ?? setup.ids(),
    tool: options.name,
    resource,
    action: options.action ?? effect,
    effect,
    mode: options.mode ?? setup.mode,
    args: described,
    context,
    labels: from.labels ? [...from.labels] : [],
    time: setup.clock(),
    ...(observed === undefined ? {} : { observed }),
    ...(from.actorRoles ? { actorRoles: [...from.actorRoles] } : {}),
    ...(from.agentCapabilities ? { agentCapabilities: [...from.agentCapabilities] } : {}),
    ...(from.policyContext
      ? { policyContext: takeSnapshot(from.policyContext).described as Record<string, unknown> }
      : {}),
    ...(from.signal ? { signal: from.signal } : {}),
  };
  const reviewId = from.reviewId === undefined ? {} : { reviewId: from.reviewId };
  return { setup, tool, call, ...taken, ...measured, ...reviewId };
}

/** The part of a report that is known before anything is decided. */
export function reportOf(
  { call }: Action,
  decision: Decision,
  rest: Pick<CallReport, 'executed' | 'decisions' | 'receipts'>,
): CallReport {
  const { callId, tool, mode } = call;
  const { outcome, obligations, reason, reasonCode } = decision;
  return { callId, tool, mode, outcome, obligations, reason, reasonCode, ...rest };
}
