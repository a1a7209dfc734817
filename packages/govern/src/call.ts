import type {
  Decision,
  EvidenceContext,
  PastCall,
  PolicyReference,
  Recorder,
} from '@spanforge/core-events';

/** What a tool does to the world, as its operator declares it. `read` may use one commit. */
export type Effect = 'read' | 'write';

/** `enforce` acts on decisions; `shadow` takes and records them and lets everything through. */
export type GovernMode = 'enforce' | 'shadow';

/** Who calls, where and in which run: from the host or a verified token, never from arguments. */
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
  /** Given to the policy as `context`: supplied by the caller and not to be trusted. */
  readonly policyContext?: Readonly<Record<string, unknown>>;
  /** Cancels the call; what had begun by then is on record. */
  readonly signal?: AbortSignal;
}

/** One call as the controls see it; the arguments are a snapshot taken when it was made. */
export interface GovernedCall {
  readonly callId: string;
  readonly tool: string;
  readonly resource: string;
  readonly action: string;
  readonly effect: Effect;
  readonly mode: GovernMode;
  /** The arguments as plain data; what cannot be recorded stands there as `{unrecordable}`. */
  readonly args: unknown;
  /** The measured value that thresholds are compared with. */
  readonly observed?: number;
  readonly context: EvidenceContext;
  readonly actorRoles?: readonly string[];
  readonly agentCapabilities?: readonly string[];
  /** Of the arguments; for controls of results, those of the result. */
  readonly labels: readonly string[];
  /**
   * The trace so far: calls whose result was released, oldest first, as of when this one began.
   * Absent where no facts are kept, or one of the calls is no longer at hand.
   */
  readonly calls?: readonly PastCall[];
  readonly policyContext?: Readonly<Record<string, unknown>>;
  /** When the call was made, epoch milliseconds. */
  readonly time: number;
  readonly signal?: AbortSignal;
}

/** What a control answers. Ids of what it recorded through the recorder it was given are known. */
export interface ControlDecision extends Decision {
  /** Ids of records it made elsewhere. */
  readonly ids?: readonly string[];
  /** The bundle that decided, where one did. */
  readonly policy?: PolicyReference;
}

/**
 * Decides about a call before the tool runs, and records why on the recorder it is given, whose
 * records become durable with the call's own. One that throws, answers nothing that is a decision,
 * or takes longer than `controlTimeoutMs` has answered `block`.
 */
export type Control = (call: GovernedCall, recorder: Recorder) => Promise<ControlDecision>;

/** Decides about a result before it is released; the same rules as for a {@link Control}. */
export type PostControl = (
  call: GovernedCall,
  result: unknown,
  recorder: Recorder,
) => Promise<ControlDecision>;

/** A control and the name it has in the evidence. */
export interface NamedControl {
  readonly name: string;
  readonly control: Control;
}

/** A control of results and the name it has in the evidence. */
export interface NamedPostControl {
  readonly name: string;
  readonly control: PostControl;
}
