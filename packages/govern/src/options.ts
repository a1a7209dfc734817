import type {
  Clock,
  Discloser,
  EvidenceReader,
  MakeId,
  PolicyDecider,
} from '@spanforge/core-events';
import type { StagingRecorder } from '@spanforge/core-events/log';
import type {
  CallContext,
  Control,
  Effect,
  GovernMode,
  NamedControl,
  NamedPostControl,
} from './call.js';
import type { Detect } from './mask-types.js';
import type { GovernObserver } from './metrics/observer.js';
import type { LabelTracker } from './past/labels.js';
import type { FactOptions } from './past/traces.js';
import type { GovernedResult } from './result.js';
import type { Describe } from './snapshot.js';

/** What a governor is made of. A control that is not given is not asked, and the evidence says so. */
export interface GovernorParts {
  readonly log: StagingRecorder & EvidenceReader;
  /** May this actor do it: asked first. */
  readonly authorize?: Control;
  /** May this agent do it: asked second. */
  readonly scope?: Control;
  /** Asked third as `sf_govern` / `tool_call`, and about the result as `tool_result`. */
  readonly policy?: PolicyDecider;
  /** Asked after those three, in this order. */
  readonly preflight?: readonly NamedControl[];
  /** Asked about a result, after the policy, in this order. */
  readonly postflight?: readonly NamedPostControl[];
  /**
   * Keeps the calls of each trace, for rules that need to know what was there before. On where
   * there is a policy or a label tracker, unless `false`: then facts from calls are missing.
   */
  readonly facts?: boolean | FactOptions;
  /** Finds the labels that arguments and results carry; needs `facts`. */
  readonly labels?: LabelTracker;
  /** Finds what redactions by type are to mask; without it they mask the whole value. */
  readonly detect?: Detect;
  /** Told how each call went, after it ended. What it throws is ignored. */
  readonly observe?: GovernObserver;
  /** `enforce` when absent. */
  readonly mode?: GovernMode;
  readonly clock?: Clock;
  /** Makes call ids and review ids. */
  readonly ids?: MakeId;
  readonly disclose?: Discloser;
  /** Turns what is not plain data into plain data; `undefined` leaves it to the defaults. */
  readonly describe?: Describe;
  /** How long one control may take; 5000 when absent. */
  readonly controlTimeoutMs?: number;
  /** How long one commit may take; 10000 when absent. */
  readonly commitTimeoutMs?: number;
  /** How long a tool may take; without limit when absent. */
  readonly toolTimeoutMs?: number;
  /** Items of a stream that is held back until it has been judged; 100000 when absent. */
  readonly maxStreamItems?: number;
  /** Bytes of such a stream, counted as UTF-16 for text; 1048576 when absent. */
  readonly maxStreamBytes?: number;
  /** How long a review, and an approval, is good for; 24 hours when absent. */
  readonly reviewTtlMs?: number;
  /** What writes the records, as `name@semver`. */
  readonly source?: string;
}

/** What a tool is given besides its arguments. */
export interface ToolContext {
  /** Aborted when the caller cancels or the time is up. */
  readonly signal: AbortSignal;
  readonly callId: string;
}

/** Something an agent may do. */
export type Tool<Args, Result> = (args: Args, context: ToolContext) => Result | Promise<Result>;

/** How one tool is governed. */
export interface ToolOptions<Args> {
  /** 1 to 512 characters, unique within a governor. */
  readonly name: string;
  /** What it acts on; the tool's name when absent. */
  readonly resource?: string | ((args: Args) => string);
  /** What it does there; the effect when absent. */
  readonly action?: string;
  /** Declared by the operator; `write` when absent. */
  readonly effect?: Effect;
  /** The governor's when absent. */
  readonly mode?: GovernMode;
  /** Measures the value that thresholds are compared with. */
  readonly observe?: (args: Args) => number;
  /** The governor's when absent. */
  readonly toolTimeoutMs?: number;
  /** `untrusted` puts the label of that name on whatever it answers. */
  readonly output?: 'trusted' | 'untrusted';
  /** Further labels of whatever it answers. */
  readonly outputLabels?: readonly string[];
  /**
   * `buffer`: a stream is held back until it was judged and its ending is durable. `pass_through`:
   * its parts go to the caller as they come, and controls of results are not asked about them. When
   * absent, a stream passes through only where there is no policy and no control of results.
   * Redactions of results hold it back in any case.
   */
  readonly stream?: 'buffer' | 'pass_through';
}

/** A tool behind its controls. */
export type GovernedTool<Args, Result> = (
  args: Args,
  context: CallContext,
) => Promise<GovernedResult<Result>>;

/** The policy enforcement point. */
export interface Governor {
  /**
   * Puts a tool behind the controls.
   *
   * The tool runs only after its decisions and its start are durable, and its result is released
   * only after its ending is. A denial is a value; so is a log that cannot record the start. The
   * returned function rejects with {@link GovernError} `GOVERN_ENDING_NOT_RECORDED` when the tool
   * ran and that could not be recorded: the action is then unknown to the evidence beyond its
   * start, and is not retried.
   *
   * @throws {GovernError} `GOVERN_TOOL_DUPLICATE`, `GOVERN_OPTIONS_INVALID`.
   */
  govern<Args, Result>(
    tool: Tool<Args, Result>,
    options: ToolOptions<Args>,
  ): GovernedTool<Args, Result>;
  /** Calls a governed tool by its name; an unknown one is `blocked` as `unknown_tool`. */
  call(name: string, args: unknown, context: CallContext): Promise<GovernedResult<unknown>>;
}
