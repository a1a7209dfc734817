import type {
  Clock,
  Decision,
  Discloser,
  EvidenceContext,
  EvidenceReader,
  MakeId,
} from '@spanforge/core-events';
import type { StagingRecorder } from '@spanforge/core-events/log';
import type { Question } from './ask.js';
import type { CallContext, GovernedCall, GovernMode } from './call.js';
import type { Detect } from './mask-types.js';
import type { GovernObserver } from './metrics/observer.js';
import type { ToolContext, ToolOptions } from './options.js';
import type { LabelPropagation, LabelTracker } from './past/labels.js';
import type { Traces } from './past/traces.js';
import type { CallReport } from './result.js';
import type { Reviews } from './reviews.js';
import { type Describe, type Snapshot, takeSnapshot } from './snapshot.js';

/** A governor's parts with every default filled in. */
export interface Setup {
  readonly log: StagingRecorder & EvidenceReader;
  readonly reviews: Reviews;
  /** Who is asked before the tool runs, in order. */
  readonly before: readonly Question[];
  /** Who is asked about what it answered, in order. */
  readonly after: readonly Question[];
  readonly mode: GovernMode;
  readonly clock: Clock;
  readonly ids: MakeId;
  readonly disclose: Discloser;
  readonly describe: Describe | undefined;
  /** Absent where no facts are kept. */
  readonly traces: Traces | undefined;
  readonly labels: LabelTracker | undefined;
  readonly detect: Detect | undefined;
  readonly observe: GovernObserver | undefined;
  readonly maxStreamItems: number;
  readonly maxStreamBytes: number;
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
  readonly refusal: Decision | undefined;
  readonly cause: unknown;
  /** The approval the caller names. */
  readonly reviewId: string | undefined;
  /** Labels the caller gave, before any were found. */
  readonly said: readonly string[];
  /** How labels came to the arguments. */
  readonly via?: readonly LabelPropagation[];
  /** Approvals that took labels away. */
  readonly declassifiedBy?: readonly string[];
  /** From the call to what was decided about it, before anything ran. */
  readonly decisionMs?: number;
}

/** A `block` that govern itself decides. */
export function blocked(reasonCode: string, reason: string): Decision {
  return { outcome: 'block', obligations: [], reason, reasonCode };
}

const UNKNOWN_TOOL = blocked('unknown_tool', 'No tool of that name is governed here.');
const ARGS_INVALID = blocked('args_unrecordable', 'The arguments cannot be put on record.');
const NOT_MEASURED = blocked(
  'control_failed',
  'What the controls need to know cannot be measured.',
);

type Taken = Pick<Action, 'args' | 'refusal' | 'cause'>;

function takeArgs(setup: Setup, tool: RegisteredTool, value: unknown): Taken {
  try {
    const args = takeSnapshot(value, setup.describe);
    return { args, refusal: tool.run ? undefined : UNKNOWN_TOOL, cause: undefined };
  } catch (cause) {
    const args = { value, described: { unrecordable: 'arguments' }, exact: false };
    return { args, refusal: ARGS_INVALID, cause };
  }
}

interface Measured extends Pick<Action, 'refusal' | 'cause'> {
  readonly resource: string;
  readonly observed: number | undefined;
}

function measure({ options }: RegisteredTool, { args, refusal, cause }: Taken): Measured {
  const { name, resource, observe } = options;
  if (refusal) return { resource: name, observed: undefined, refusal, cause };
  try {
    const value = args.value as never;
    return {
      resource: typeof resource === 'function' ? resource(value) : (resource ?? name),
      observed: observe?.(value),
      refusal,
      cause,
    };
  } catch (cause) {
    return { resource: name, observed: undefined, refusal: NOT_MEASURED, cause };
  }
}

/** Frozen: the log knows it again by that, from the first record of the call to the last. */
function contextOf(from: CallContext, source: string): EvidenceContext {
  const { tenant, project, env, run, traceId, spanId, agent, actor } = from;
  return Object.freeze(
    spanId === undefined
      ? { tenant, project, env, run, traceId, agent, actor, source }
      : { tenant, project, env, run, traceId, spanId, agent, actor, source },
  );
}

/** Begins a call: takes everything the caller could still change, and waits for nothing. */
export function openAction(
  setup: Setup,
  tool: RegisteredTool,
  value: unknown,
  from: CallContext,
): Action {
  const { options } = tool;
  const effect = options.effect ?? 'write';
  const taken = takeArgs(setup, tool, value);
  const { resource, observed, refusal, cause } = measure(tool, taken);
  const call: { -readonly [Part in keyof GovernedCall]: GovernedCall[Part] } = {
    callId: from.callId ?? setup.ids(),
    tool: options.name,
    resource,
    action: options.action ?? effect,
    effect,
    mode: options.mode ?? setup.mode,
    args: taken.args.described,
    context: contextOf(from, setup.source),
    labels: from.labels ? [...from.labels] : [],
    time: setup.clock(),
  };
  if (observed !== undefined) call.observed = observed;
  if (from.actorRoles) call.actorRoles = [...from.actorRoles];
  if (from.agentCapabilities) call.agentCapabilities = [...from.agentCapabilities];
  if (from.policyContext) {
    call.policyContext = takeSnapshot(from.policyContext).described as Record<string, unknown>;
  }
  if (from.signal) call.signal = from.signal;
  const { args } = taken;
  return { setup, tool, call, args, refusal, cause, reviewId: from.reviewId, said: call.labels };
}

/** The part of a report that is known before anything is decided. */
export function reportOf(
  { call }: Action,
  decision: Decision,
  known: Pick<CallReport, 'executed' | 'decisions' | 'receipts'>,
): CallReport {
  const { callId, tool, mode } = call;
  const { outcome, obligations, reason, reasonCode } = decision;
  const { executed, decisions, receipts } = known;
  return {
    callId,
    tool,
    mode,
    executed,
    outcome,
    obligations,
    reason,
    reasonCode,
    decisions,
    receipts,
  };
}
