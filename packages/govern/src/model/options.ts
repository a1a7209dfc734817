import type {
  Clock,
  Discloser,
  EvidenceReader,
  MakeId,
  PolicyDecider,
  ReviewerCheck,
} from '@spanforge/core-events';
import type { StagingRecorder } from '@spanforge/core-events/log';
import type { RuleAdviceFor } from './advice.js';
import type {
  CallContext,
  CallControl,
  GovernMode,
  NamedControl,
  NamedPostControl,
  ToolEffect,
} from './call.js';
import type { Detect } from './detect.js';
import type { FactOptions } from './facts.js';
import type { CallLabelTracker } from './labels.js';
import type { GovernObserver } from './observation.js';
import type { RefusalLimits } from './refusal-limits.js';
import type { GovernedResult, HeldCall } from './result.js';
import type { ReviewDemandFor } from './review-demand.js';
import type { Describe } from './snapshot.js';
import type { SpanOptions } from './span.js';

/** Parts of a governor. The evidence names the standard controls that were not given. */
export interface GovernorParts {
  readonly log: StagingRecorder & EvidenceReader;
  /** Decides whether the actor may make the call. Asked first. */
  readonly authorize?: CallControl;
  /** Decides whether the agent may make the call. Asked second. */
  readonly scope?: CallControl;
  /** Asked third about the call, as `sf_govern` / `tool_call`, and later about the result, as `tool_result`. */
  readonly policy?: PolicyDecider;
  /** Asked after the three above, in this order. */
  readonly preflight?: readonly NamedControl[];
  /** Asked about a result, after the policy, in this order. */
  readonly postflight?: readonly NamedPostControl[];
  /**
   * Keeps earlier calls for rules that read facts. On by default when there is a policy or a label
   * tracker; with `false`, facts from calls are missing.
   */
  readonly facts?: boolean | FactOptions;
  /** Finds the labels of arguments and results. Needs `facts`. */
  readonly labels?: CallLabelTracker;
  /** Finds the text that redactions by type mask. Without it they mask the whole value. */
  readonly detect?: Detect;
  /** Called with how each call went, after it ended. Errors it throws are ignored. */
  readonly observe?: GovernObserver;
  /** Called with each call that is held, after the request for a review is durable. Errors are ignored. */
  readonly onHeld?: (held: HeldCall) => void;
  /**
   * What the `spanforge.span.v1` of each call whose tool ran says beyond its duration and status.
   * `false` records none: the gates that read spans then have nothing to judge by.
   */
  readonly spans?: SpanOptions | false;
  /** `enforce` when absent. */
  readonly mode?: GovernMode;
  readonly clock?: Clock;
  /** Makes call ids and review ids. */
  readonly ids?: MakeId;
  readonly disclose?: Discloser;
  /** Turns values that are not plain data into plain data; return `undefined` for the defaults. */
  readonly describe?: Describe;
  /** How long one control may take; default 5000. */
  readonly controlTimeoutMs?: number;
  /** How long one commit may take; default 10000. */
  readonly commitTimeoutMs?: number;
  /** How long a tool may take; no limit by default. */
  readonly toolTimeoutMs?: number;
  /** How many items of a buffered stream are held until it has been judged; default 100000. */
  readonly maxStreamItems?: number;
  /** How many bytes of such a stream, counted as UTF-16 for text; default 1048576. */
  readonly maxStreamBytes?: number;
  /** How long a review, and its approval, is valid; default 24 hours. */
  readonly reviewTtlMs?: number;
  /** Says what an agent may be told about a rule that refuses it: bounds, and what is missing. */
  readonly adviceFor?: RuleAdviceFor;
  /** When a call that is refused over and over is no longer asked about; never when absent. */
  readonly refusals?: RefusalLimits;
  /** Says how many people have to approve a call, in which roles, and who is asked next. */
  readonly reviewDemand?: ReviewDemandFor;
  /**
   * Decides who may approve; asked again when an approval is used. Without it nobody has a role.
   */
  readonly reviewers?: ReviewerCheck;
  /** The software that writes the records, as `name@semver`. */
  readonly source?: string;
}

/** What a tool receives besides its arguments. */
export interface ToolContext {
  /** Aborted when the caller cancels or the time limit passes. */
  readonly signal: AbortSignal;
  readonly callId: string;
}

/** Something an agent may do. */
export type Tool<Args, Result> = (args: Args, context: ToolContext) => Result | Promise<Result>;

/** How one tool is governed. */
export interface ToolOptions<Args> {
  /** 1 to 512 characters, unique within a governor. */
  readonly name: string;
  /** What it acts on; default: the tool's name. */
  readonly resource?: string | ((args: Args) => string);
  /** What it does to the resource; default: the effect. */
  readonly action?: string;
  /** Declared by the operator; default `write`. */
  readonly effect?: ToolEffect;
  /** Default: the governor's. */
  readonly mode?: GovernMode;
  /** Measures the value that thresholds are compared with. */
  readonly observe?: (args: Args) => number;
  /** Default: the governor's. */
  readonly toolTimeoutMs?: number;
  /** `untrusted` puts the label `untrusted` on everything the tool answers. */
  readonly output?: 'trusted' | 'untrusted';
  /** Further labels of everything the tool answers. */
  readonly outputLabels?: readonly string[];
  /**
   * `buffer` holds a stream until it was judged and its ending is durable. `pass_through` hands its
   * parts to the caller as they come and asks no control of results about them. By default a stream
   * passes through only when there is no policy and no control of results. A redaction of the
   * result always buffers it.
   */
  readonly stream?: 'buffer' | 'pass_through';
}

/** A tool behind its controls. */
export type GovernedTool<Args, Result> = (
  args: Args,
  context: CallContext,
) => Promise<GovernedResult<Result>>;

/** A call that was still in progress when waiting for it ended. */
export interface UnfinishedCall {
  readonly tool: string;
  /** Absent where the governor was to make it. */
  readonly callId?: string;
}

/** The policy enforcement point. */
export interface Governor {
  /**
   * Puts a tool behind the controls.
   *
   * The tool runs only after its decisions and its start are durable, and its result is released
   * only after its ending is durable. A denial is a value, and so is a log that cannot record the
   * start. The returned function rejects with {@link GovernError} `GOVERN_ENDING_NOT_RECORDED` when
   * the tool ran and its ending could not be recorded: the evidence then knows only that the call
   * started, and nothing retries it.
   *
   * @throws {GovernError} `GOVERN_TOOL_DUPLICATE`, `GOVERN_OPTIONS_INVALID`.
   */
  govern<Args, Result>(
    tool: Tool<Args, Result>,
    options: ToolOptions<Args>,
  ): GovernedTool<Args, Result>;
  /** Calls a governed tool by its name; an unknown one is `blocked` as `unknown_tool`. */
  call(name: string, args: unknown, context: CallContext): Promise<GovernedResult<unknown>>;
  /**
   * Waits for the calls in progress, streams included, and answers with those that were left when
   * `timeoutMs` was over: none without a limit. New calls are still taken: stop making them first.
   */
  drain(options?: { readonly timeoutMs?: number }): Promise<readonly UnfinishedCall[]>;
}
