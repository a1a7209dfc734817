import type {
  Control,
  ControlDecision,
  EvidenceContext,
  PastCall,
  Recorder,
} from '@spanforge/core-events';

/** Whether a tool changes anything, as its operator declares it. `read` may use one commit. */
export type ToolEffect = 'read' | 'write';

/** `enforce` acts on decisions; `shadow` makes and records them but lets every call through. */
export type GovernMode = 'enforce' | 'shadow';

/** Who calls, where and in which run. Comes from the host or a verified token, never from arguments. */
export interface CallContext {
  readonly tenant: string;
  readonly project: string;
  /** The environment, such as `prod`. */
  readonly env: string;
  /** One run of an agent, 1 to 128 printable ASCII characters. */
  readonly run: string;
  /** 1 to 128 printable ASCII characters. */
  readonly traceId: string;
  readonly spanId?: string;
  readonly agent: string;
  /** The principal on whose behalf the agent acts. */
  readonly actor: string;
  readonly actorRoles?: readonly string[];
  readonly agentCapabilities?: readonly string[];
  /** Names this call within its run; the same id again never runs a writing tool twice. */
  readonly callId?: string;
  /** The approval this call redeems, where another call asked for it. */
  readonly reviewId?: string;
  /** Integrity and confidentiality labels the arguments carry. */
  readonly labels?: readonly string[];
  /** Passed to the policy as `context`. The caller supplies it, so do not trust it. */
  readonly policyContext?: Readonly<Record<string, unknown>>;
  /** Cancels the call. Whatever had started by then is on record. */
  readonly signal?: AbortSignal;
}

/** One call as the controls see it. The arguments are a snapshot taken when the call was made. */
export interface GovernedCall {
  readonly callId: string;
  /**
   * Names this one run of a reading tool: a caller who repeats a `callId` runs it again, and budgets
   * count it again. Absent for a writing tool, which runs once per `callId`.
   */
  readonly invocationId?: string;
  readonly tool: string;
  readonly resource: string;
  readonly action: string;
  readonly effect: ToolEffect;
  readonly mode: GovernMode;
  /** The arguments as plain data; anything that cannot be recorded appears as `{unrecordable}`. */
  readonly args: unknown;
  /** The measured value that thresholds are compared with. */
  readonly observed?: number;
  readonly context: EvidenceContext;
  readonly actorRoles?: readonly string[];
  readonly agentCapabilities?: readonly string[];
  /** Of the arguments; for controls of results, those of the result. */
  readonly labels: readonly string[];
  /**
   * Earlier calls of this run whose result was released, oldest first, as of when this one started. Absent when
   * no facts are kept, or when one of those calls is no longer available.
   */
  readonly calls?: readonly PastCall[];
  readonly policyContext?: Readonly<Record<string, unknown>>;
  /** When the call was made, epoch milliseconds. */
  readonly time: number;
  readonly signal?: AbortSignal;
}

/** A control of calls: decides about a call before the tool runs; see {@link Control}. */
export type CallControl = Control<GovernedCall>;

/** Decides about a result before it is released. The rules are those of a {@link CallControl}. */
export type PostControl = (
  call: GovernedCall,
  result: unknown,
  recorder: Recorder,
) => Promise<ControlDecision>;

/** A control and its name in the evidence. */
export interface NamedControl {
  readonly name: string;
  readonly control: CallControl;
}

/** A control of results and its name in the evidence. */
export interface NamedPostControl {
  readonly name: string;
  readonly control: PostControl;
}
