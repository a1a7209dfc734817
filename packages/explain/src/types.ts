import type {
  Clock,
  Discloser,
  EvidenceContext,
  EvidenceReader,
  EvidenceRecord,
  Outcome,
  PolicyDecider,
  PolicyReference,
  Recorder,
  ServiceStatus,
  TraceListOptions,
} from '@spanforge/core-events';

/** The kind of model that made an output. */
export type ModelType = 'llm' | 'rag' | 'multi_agent' | 'classifier' | 'embedding';

/** One factor of a decision. */
export interface Factor {
  readonly name: string;
  /** Its share of the decision, 0 to 1. */
  readonly weight: number;
  /** From -1, against the call, to 1, for it. */
  readonly contribution: number;
  /** How certain that is, 0 to 1. */
  readonly confidence: number;
  /** Ids of the records it was derived from. */
  readonly evidence: readonly string[];
  /** A sentence for people; a value, never in the record itself. */
  readonly text?: string;
}

/** An article of the EU AI Act (Regulation 2024/1689), and which part of it the evidence shows. */
export interface ArticleFinding {
  /** 12 record-keeping, 13 transparency, 14 human oversight. */
  readonly article: '12' | '13' | '14';
  readonly status: 'evidence_present' | 'evidence_absent' | 'not_assessed';
  /** The field of the explanation that shows it. */
  readonly field: string;
}

/**
 * A request that would have been decided differently, as a sentence: "allowed if amount < 1000".
 */
export type FindCounterfactual = (
  record: EvidenceRecord,
  /** The question to the policy, from the disclosure of the decision. */
  request: unknown,
) => string | undefined;

/** The decisions to explain. */
export interface ExplainRequest {
  /** The trace of the call's context when absent. */
  readonly traceId?: string;
  /** The context's agent when absent. */
  readonly agentId?: string;
  /** `llm` when absent. */
  readonly modelType?: ModelType;
  /** 0 to 1. */
  readonly confidence?: number;
  /** Below this confidence Article 14 counts as not shown; the service's threshold when absent. */
  readonly confidenceThreshold?: number;
  /** Ids of the records to explain; every decision of the trace when absent. */
  readonly explains?: readonly string[];
  /** Factors that the caller knows besides those in the evidence. */
  readonly factors?: readonly Omit<Factor, 'evidence'>[];
  /** The output; a value, never in the record itself. */
  readonly output?: unknown;
}

/** The context of an explanation and the recorder for its record. */
export interface ExplainCall {
  /** Its `traceId` is used if a request names none. */
  readonly context: EvidenceContext;
  /** The service's own when absent. */
  readonly recorder?: Recorder;
}

/** The verdict of a policy on an explanation. */
export interface ExplainPolicyAnswer extends PolicyReference {
  readonly action: Outcome;
}

/** An explanation, for people and for machines. */
export interface Explanation {
  /** Id of its record. */
  readonly recordId: string;
  readonly agentId: string;
  readonly modelType: ModelType;
  /** The strictest outcome among the records explained. */
  readonly outcome?: Outcome;
  readonly confidence?: number;
  readonly confidenceThreshold: number;
  /** The share of the explained decisions that have a factor, 0 to 1. */
  readonly coverage: number;
  readonly factors: readonly Factor[];
  readonly explains: readonly string[];
  readonly articles: readonly ArticleFinding[];
  /** Plain sentences, most important first. */
  readonly text: string;
  readonly policy?: ExplainPolicyAnswer;
  /** Id of the policy's own record of its answer. */
  readonly policyDecisionId?: string;
}

/** An explanation read back from the log. */
export type RecordedExplanation = Omit<Explanation, 'text' | 'policyDecisionId'> & {
  readonly index: number;
  readonly time: string;
};

/** What was used to make an output. */
export interface OutputContext {
  readonly traceId?: string;
  readonly agentId?: string;
  readonly modelOutputType?: ModelType;
  /** 0 to 1. */
  readonly confidenceScore?: number;
  readonly confidenceThreshold?: number;
}

/** How functions are governed by explanation. */
export interface GovernedOptions<Args extends readonly unknown[] = readonly unknown[]> {
  /** The context of the outputs; the service's when absent. */
  readonly context?: EvidenceContext;
  /** `governed` when absent. */
  readonly agentId?: string;
  /** The confidence below which Article 14 counts as not shown; 0.7 when absent. */
  readonly confidenceThreshold?: number;
  /**
   * What is known about an output. When absent, `modelOutputType`, `confidenceScore` and `traceId`
   * are read from the last argument, if that is an object.
   */
  readonly describe?: (output: unknown, args: Args) => OutputContext;
}

/** A function whose outputs are explained, with the function it wraps. */
export type GovernedFunction<Fn> = Fn & { readonly original: Fn };

/** Wraps functions: bare, or with options first. */
export interface Governed {
  <Fn extends (...args: never[]) => unknown>(fn: Fn): GovernedFunction<Fn>;
  (
    options: GovernedOptions,
  ): <Fn extends (...args: never[]) => unknown>(fn: Fn) => GovernedFunction<Fn>;
}

/** The state of the service. */
export interface ExplainStatus {
  /** `degraded`: the last explanation could not be recorded. */
  readonly status: ServiceStatus;
  readonly explained: number;
  readonly failed: number;
  /** The number of explanations of governed functions in progress. */
  readonly waiting: number;
}

/** What an explain service needs. */
export interface ExplainOptions {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /** The context of outputs of governed functions, because these have no call with a context. */
  readonly context?: EvidenceContext;
  /** Asked by `generateWithPolicy`. */
  readonly policy?: PolicyDecider;
  readonly counterfactual?: FindCounterfactual;
  readonly clock?: Clock;
  readonly disclose?: Discloser;
  /** The confidence below which Article 14 counts as not shown; 0.7 when absent. */
  readonly confidenceThreshold?: number;
  /** Attempts to record after the first; 3 when absent. */
  readonly maxRetries?: number;
  /** The longest time of one explanation in seconds; 5 when absent. */
  readonly emitTimeoutSec?: number;
  /** The largest number of explanations in progress; 1000 when absent. */
  readonly maxWaiting?: number;
  /**
   * Called when an output of a governed function could not be explained. When absent, the process
   * emits a warning (`SpanForgeExplainWarning`), or the console if there is no process.
   */
  readonly onWarning?: (warning: ExplainWarning) => void;
}

/** Why an output of a governed function was not explained. The function returned its result. */
export interface ExplainWarning {
  readonly message: string;
  readonly cause: unknown;
}

/** Explains decisions from the evidence. */
export interface Explain {
  /**
   * Explains the decisions of a trace, records the explanation as `spanforge.explanation.v1` and
   * answers once that is durable.
   *
   * @throws {ExplainError} `EXPLAIN_REQUEST_INVALID`, `EXPLAIN_RECORD_UNKNOWN` for an id that the
   *   trace does not hold, `EXPLAIN_EVIDENCE_UNAVAILABLE` after the last attempt.
   */
  generate(request: ExplainRequest, call: ExplainCall): Promise<Explanation>;
  /**
   * The same, and asks the policy once about its coverage (`sf_explain` /
   * `explanation_generation`); its answer stands in the explanation.
   */
  generateWithPolicy(request: ExplainRequest, call: ExplainCall): Promise<Explanation>;
  /**
   * Explains one output by the decisions of its trace, its form and its confidence.
   *
   * @throws {ExplainError} as `generate` does.
   */
  explain(output: unknown, context: OutputContext, call: ExplainCall): Promise<Explanation>;
  /**
   * Wraps a function so that everything it returns is explained. What the function returns, throws
   * and is bound to does not change. Explaining runs beside it and never delays it; failures go to
   * `onWarning`. Promises and streams are explained when they end.
   */
  readonly governed: Governed;
  /** The explanations of a trace, in log order; their texts are values, not here. */
  listForTrace(
    traceId: string,
    options?: TraceListOptions,
  ): Promise<readonly RecordedExplanation[]>;
  /** Never rejects. */
  getStatus(): Promise<ExplainStatus>;
  /** Waits until no explanation of a governed function is in progress. */
  flush(): Promise<void>;
}
