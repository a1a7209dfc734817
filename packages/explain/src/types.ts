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

/** What kind of model an output came from. */
export type ModelType = 'llm' | 'rag' | 'multi_agent' | 'classifier' | 'embedding';

/** One thing that had a say in a decision. */
export interface Factor {
  readonly name: string;
  /** Its share of the whole, 0 to 1. */
  readonly weight: number;
  /** From -1, against letting it happen, to 1, for it. */
  readonly contribution: number;
  /** How sure that is, 0 to 1. */
  readonly confidence: number;
  /** Ids of the records it was derived from. */
  readonly evidence: readonly string[];
  /** A sentence for people; a value, never in the record itself. */
  readonly text?: string;
}

/** An article of the EU AI Act (Regulation 2024/1689), and what of it the evidence shows. */
export interface ArticleFinding {
  /** 12 record-keeping, 13 transparency, 14 human oversight. */
  readonly article: '12' | '13' | '14';
  readonly status: 'evidence_present' | 'evidence_absent' | 'not_assessed';
  /** The field of the explanation that shows it. */
  readonly field: string;
}

/** A request that would have been decided otherwise, as a sentence: "allowed if amount < 1000". */
export type FindCounterfactual = (
  record: EvidenceRecord,
  /** What the policy was asked, from the disclosure of the decision. */
  request: unknown,
) => string | undefined;

/** What is to be explained. */
export interface ExplainRequest {
  /** The trace of the call's context when absent. */
  readonly traceId?: string;
  /** The context's agent when absent. */
  readonly agentId?: string;
  /** `llm` when absent. */
  readonly modelType?: ModelType;
  /** 0 to 1. */
  readonly confidence?: number;
  /** Below it Article 14 is not shown; the service's when absent. */
  readonly confidenceThreshold?: number;
  /** Ids of the records to explain; every decision of the trace when absent. */
  readonly explains?: readonly string[];
  /** Factors the caller knows beside those the evidence shows. */
  readonly factors?: readonly Omit<Factor, 'evidence'>[];
  /** What was answered; a value, never in the record itself. */
  readonly output?: unknown;
}

/** Where an explanation belongs, and through which recorder its record goes. */
export interface ExplainCall {
  /** Its `traceId` stands where a request names none. */
  readonly context: EvidenceContext;
  /** The service's own when absent. */
  readonly recorder?: Recorder;
}

/** What a policy said of an explanation. */
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
  /** Share of the decisions explained that a factor stands for, 0 to 1. */
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

/** What an output was made with. */
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
  /** Where the outputs belong; the service's when absent. */
  readonly context?: EvidenceContext;
  /** `governed` when absent. */
  readonly agentId?: string;
  /** Confidence under which Article 14 counts as not shown; 0.7 when absent. */
  readonly confidenceThreshold?: number;
  /**
   * What is known about an output. When absent, `modelOutputType`, `confidenceScore` and `traceId`
   * are read from the last argument, if that is an object.
   */
  readonly describe?: (output: unknown, args: Args) => OutputContext;
}

/** A function that is explained, with the one it wraps. */
export type GovernedFunction<Fn> = Fn & { readonly original: Fn };

/** Wraps functions: bare, or with options first. */
export interface Governed {
  <Fn extends (...args: never[]) => unknown>(fn: Fn): GovernedFunction<Fn>;
  (
    options: GovernedOptions,
  ): <Fn extends (...args: never[]) => unknown>(fn: Fn) => GovernedFunction<Fn>;
}

/** How the service stands. */
export interface ExplainStatus {
  /** `degraded`: the last explanation could not be recorded. */
  readonly status: ServiceStatus;
  readonly explained: number;
  readonly failed: number;
  /** Explanations of governed functions that are under way. */
  readonly waiting: number;
}

/** What an explain service needs. */
export interface ExplainOptions {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /** Where outputs of governed functions belong: they have no call to say so. */
  readonly context?: EvidenceContext;
  /** Asked by `generateWithPolicy`. */
  readonly policy?: PolicyDecider;
  readonly counterfactual?: FindCounterfactual;
  readonly clock?: Clock;
  readonly disclose?: Discloser;
  /** Under it Article 14 counts as not shown; 0.7 when absent. */
  readonly confidenceThreshold?: number;
  /** Attempts to record after the first; 3 when absent. */
  readonly maxRetries?: number;
  /** Seconds one explanation may take in all; 5 when absent. */
  readonly emitTimeoutSec?: number;
  /** Explanations of governed functions that may be under way; 1000 when absent. */
  readonly maxWaiting?: number;
  /**
   * Told when an output of a governed function could not be explained. When absent, it is a warning
   * of the process (`SpanForgeExplainWarning`), or of the console where there is no process.
   */
  readonly onWarning?: (warning: ExplainWarning) => void;
}

/** Why a governed function was not explained; it returned all the same. */
export interface ExplainWarning {
  readonly message: string;
  readonly cause: unknown;
}

/** Says why, from the evidence. */
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
   * Explains one output, by the decisions of its trace and by what the output and its confidence say.
   *
   * @throws {ExplainError} as `generate` does.
   */
  explain(output: unknown, context: OutputContext, call: ExplainCall): Promise<Explanation>;
  /**
   * Wraps a function so that everything it returns is explained. What it returns, throws and is
   * bound to stays as it was; explaining goes on beside it, never delays it, and what fails there
   * is told to `onWarning`. Promises and streams are explained when they end.
   */
  readonly governed: Governed;
  /** The explanations of a trace, in log order; their texts are values, not here. */
  listForTrace(
    traceId: string,
    options?: TraceListOptions,
  ): Promise<readonly RecordedExplanation[]>;
  /** Never rejects. */
  getStatus(): Promise<ExplainStatus>;
  /** Waits until no explanation of a governed function is under way. */
  flush(): Promise<void>;
}
