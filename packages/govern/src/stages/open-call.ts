import type { Clock, Discloser, EvidenceContext, MakeId } from '@spanforge/core-events';
import { canonicalize } from '@spanforge/core-signing';
import type { CallContext, GovernedCall, GovernMode } from '../model/call.js';
import { blockDecision } from '../model/combined-decision.js';
import { type GovernedValue, governValue } from '../model/governed-value.js';
import type { Admissibility, OpenCall, RegisteredTool } from '../model/open-call.js';
import { type Describe, type Snapshot, takeSnapshot } from '../model/snapshot.js';

/** What opening a call again needs. */
export type ReopenParts = Pick<OpenCallParts, 'describe' | 'disclose'>;

interface OpenCallParts {
  readonly mode: GovernMode;
  readonly source: string;
  readonly clock: Clock;
  readonly ids: MakeId;
  readonly invocationIds: MakeId;
  readonly describe: Describe | undefined;
  readonly disclose: Discloser;
}

const UNKNOWN_TOOL = blockDecision('unknown_tool', 'No tool of that name is governed here.');
const ARGS_INVALID = blockDecision('args_unrecordable', 'The arguments cannot be recorded.');
const NOT_MEASURED = blockDecision(
  'control_failed',
  'The resource or the observed value of this call could not be determined.',
);

const ASKABLE: Admissibility = Object.freeze({ kind: 'askable' });

function snapshotArgs(
  tool: RegisteredTool,
  value: unknown,
  describe: Describe | undefined,
): { args: Snapshot; admissibility: Admissibility } {
  try {
    const args = takeSnapshot(value, describe);
    const refused = { kind: 'inadmissible', decision: UNKNOWN_TOOL, cause: undefined } as const;
    return { args, admissibility: tool.kind === 'known' ? ASKABLE : refused };
  } catch (cause) {
    const args = { value, described: { unrecordable: 'arguments' }, exact: false };
    return { args, admissibility: { kind: 'inadmissible', decision: ARGS_INVALID, cause } };
  }
}

/** Makes the arguments canonical, once for every record of the call that commits to them. */
function governArgs(
  disclose: Discloser,
  { described }: Snapshot,
): { argsValue: GovernedValue; argsText: string } {
  let argsText = '';
  const argsValue = governValue(() => {
    argsText = canonicalize(described);
    return disclose.canonical('args', argsText);
  });
  return { argsValue, argsText };
}

/** What the tool's own options say about a call with these arguments. */
function measure(
  { name, resource, observe }: RegisteredTool['options'],
  args: Snapshot,
  admissibility: Admissibility,
): { resource: string; observed: number | undefined; admissibility: Admissibility } {
  const unmeasured = { resource: name, observed: undefined };
  if (admissibility.kind === 'inadmissible') return { ...unmeasured, admissibility };
  try {
    const value = args.value as never;
    return {
      resource: typeof resource === 'function' ? resource(value) : (resource ?? name),
      observed: observe?.(value),
      admissibility,
    };
  } catch (cause) {
    const refused = { kind: 'inadmissible', decision: NOT_MEASURED, cause } as const;
    return { ...unmeasured, admissibility: refused };
  }
}

/** The context of the call's records. Frozen, so that the log recognises it by identity. */
function contextOf(from: CallContext, source: string): EvidenceContext {
  const { tenant, project, env, run, traceId, spanId, agent, actor } = from;
  return Object.freeze(
    spanId === undefined
      ? { tenant, project, env, run, traceId, agent, actor, source }
      : { tenant, project, env, run, traceId, spanId, agent, actor, source },
  );
}

/** Opens a call: copies everything the caller could still change. Waits for nothing. */
export function openCall(
  parts: OpenCallParts,
  tool: RegisteredTool,
  value: unknown,
  from: CallContext,
): OpenCall {
  const { options } = tool;
  const effect = options.effect ?? 'write';
  const { args, admissibility: readable } = snapshotArgs(tool, value, parts.describe);
  const { resource, observed, admissibility } = measure(options, args, readable);
  const call: { -readonly [Part in keyof GovernedCall]: GovernedCall[Part] } = {
    callId: from.callId ?? parts.ids(),
    tool: options.name,
    resource,
    action: options.action ?? effect,
    effect,
    mode: options.mode ?? parts.mode,
    args: args.described,
    context: contextOf(from, parts.source),
    labels: from.labels ? [...from.labels] : [],
    time: parts.clock(),
  };
  if (effect === 'read') call.invocationId = parts.invocationIds();
  if (observed !== undefined) call.observed = observed;
  if (from.actorRoles) call.actorRoles = [...from.actorRoles];
  if (from.agentCapabilities) call.agentCapabilities = [...from.agentCapabilities];
  if (from.policyContext) {
    call.policyContext = takeSnapshot(from.policyContext).described as Record<string, unknown>;
  }
  if (from.signal) call.signal = from.signal;
  const { argsValue, argsText } = governArgs(parts.disclose, args);
  return {
    call,
    tool,
    args,
    argsValue,
    argsText,
    admissibility,
    reviewId: from.reviewId,
    callerLabels: call.labels,
    propagation: [],
    declassifiedBy: [],
  };
}

/** The same call with other arguments: measured, labelled and made canonical anew. */
export function reopenCall(parts: ReopenParts, open: OpenCall, value: unknown): OpenCall {
  const { tool, call, callerLabels } = open;
  const { args, admissibility: readable } = snapshotArgs(tool, value, parts.describe);
  const { resource, observed, admissibility } = measure(tool.options, args, readable);
  const { observed: _, ...same } = call;
  return {
    ...open,
    call: {
      ...same,
      args: args.described,
      resource,
      labels: callerLabels,
      ...(observed === undefined ? {} : { observed }),
    },
    args,
    ...governArgs(parts.disclose, args),
    admissibility,
    propagation: [],
    declassifiedBy: [],
  };
}
