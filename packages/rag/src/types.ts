import type {
  Clock,
  EvidenceContext,
  EvidenceReader,
  MakeId,
  Obligation,
  Outcome,
  PolicyDecider,
  PolicyReference,
  Recorder,
  RecordMode,
  ServiceStatus,
  TraceListOptions,
} from '@spanforge/core-events';
import type { GroundingBody } from '@spanforge/core-events/records';
import type { AssessedClaim, GroundingAssessment } from './assess.js';
import type { Chunk, JudgedClaim } from './input.js';
import type { SourceSpan } from './score/examine.js';
import type { GroundingModel } from './score/model.js';
import type { GroundingSource } from './score/passages.js';

/** Says whether the actor may read a chunk. Anything but `true` withholds it. */
export type MayRead = (chunk: Chunk, context: EvidenceContext) => boolean | Promise<boolean>;

/** A scorer that the host provides, such as an NLI model or a judge. */
export interface GroundingScorer {
  readonly name: string;
  readonly version: string;
  /**
   * The probability, 0 to 1, that the sources support a claim. If it throws, returns anything else
   * or takes longer than `scorerTimeoutMs`, the claim is `not_assessed` with the score 0.
   *
   * @param signal Aborted when the time is up.
   */
  score(
    claim: { readonly text: string; readonly kind: AssessedClaim['kind'] },
    sources: readonly GroundingSource[],
    signal: AbortSignal,
  ): number | Promise<number>;
}

/** How a rag service is made. Recorder and reader have no default: they are one evidence log. */
export interface RagOptions {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /** Asked by `assessGroundingWithPolicy`. */
  readonly policy?: PolicyDecider;
  /** Asked about every chunk; when absent, all may be read. */
  readonly mayRead?: MayRead;
  /** The built-in one when absent. */
  readonly scorer?: GroundingScorer;
  /** Coefficients of the built-in scorer. */
  readonly model?: GroundingModel;
  readonly clock?: Clock;
  readonly ids?: MakeId;
  /**
   * The outcome for an answer that is not grounded, if no policy is stricter; `allow+log` when
   * absent.
   */
  readonly onUngrounded?: Outcome;
  /** The average an answer must reach to be grounded, 0 to 1; 0.5 when absent. */
  readonly threshold?: number;
  /** The score a claim must reach to be grounded, 0 to 1; 0.5 when absent. */
  readonly claimThreshold?: number;
  /** How long the scorer may take over one answer; 10000 when absent. */
  readonly scorerTimeoutMs?: number;
  /** How long `mayRead` may take over a chunk; 1000 when absent. */
  readonly readTimeoutMs?: number;
  /** How long the policy may take; 1000 when absent. */
  readonly policyTimeoutMs?: number;
  /** How long a record may take to be durable; 5000 when absent. */
  readonly recordTimeoutMs?: number;
}

/** The context of a call and the recorder for its record. */
export interface RagCall {
  /** Its `traceId` is the trace the records belong to. */
  readonly context: EvidenceContext;
  /** The service's own when absent. */
  readonly recorder?: Recorder;
  /** `live` when absent. */
  readonly mode?: RecordMode;
}

/** An answer, and the sources it must rest on. */
export interface GroundingInput {
  readonly answer: string;
  readonly sources: readonly Chunk[];
  readonly sessionId?: string;
  /** Claims that were judged elsewhere; the answer is then not split. */
  readonly claims?: readonly JudgedClaim[];
  /** Who judged them; `caller` when absent. */
  readonly judgedBy?: { readonly name: string; readonly version: string };
}

/** The reason for the outcome of a grounding. */
export type GroundingReasonCode =
  | 'grounded'
  | 'partially_grounded'
  | 'ungrounded'
  | 'policy'
  | 'request_invalid'
  | 'policy_unavailable'
  | 'evidence_unavailable';

/** The bundle that was asked, and its decision. */
export interface GroundingPolicyAnswer extends PolicyReference {
  readonly action: Outcome;
}

/** A claim with its text and the text of the source part nearest to it. */
export interface ReportedClaim extends Omit<AssessedClaim, 'start' | 'end' | 'kind' | 'support'> {
  /** Absent for claims that were judged elsewhere. */
  readonly kind?: AssessedClaim['kind'];
  readonly text: string;
  /** UTF-16 offsets in the answer; absent for claims that were judged elsewhere. */
  readonly start?: number;
  readonly end?: number;
  /** Nearest first; without offsets for claims that were judged elsewhere. */
  readonly support: readonly (Pick<SourceSpan, 'sourceId'> & Partial<SourceSpan>)[];
  readonly nearest?: { readonly sourceId: string; readonly text: string };
}

/** An assessment, the decision that follows from it, and its evidence. */
export interface GroundingResult extends Omit<GroundingAssessment, 'claims'> {
  readonly claims: readonly ReportedClaim[];
  /** The number of sources withheld from the assessment because they may not be read. */
  readonly withheld: number;
  readonly outcome: Outcome;
  readonly obligations: readonly Obligation[];
  /** A sentence for people. */
  readonly reason: string;
  readonly reasonCode: GroundingReasonCode;
  readonly policy?: GroundingPolicyAnswer;
  /** Id of the policy's own record of this decision. */
  readonly policyDecisionId?: string;
  /** Id of its record; absent when it could not be recorded, and then the outcome is `block`. */
  readonly recordId?: string;
}

/** A grounding read back from the log. */
export interface RecordedGrounding extends GroundingBody {
  readonly id: string;
  readonly index: number;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly mode: RecordMode;
  readonly context: EvidenceContext;
}

/** One step of a session, read back from the log. Texts are disclosures of the record. */
export interface SessionStep {
  readonly step: 'query' | 'retrieval' | 'generation' | 'end';
  readonly id: string;
  readonly index: number;
  readonly time: string;
  readonly chunks: readonly { readonly sourceId: string; readonly score?: number | undefined }[];
  readonly withheld: number;
  readonly model?: string;
}

/** A retrieval session as the log has it. */
export interface RagSession {
  readonly sessionId: string;
  readonly traceId: string;
  readonly ended: boolean;
  readonly steps: readonly SessionStep[];
}

/** The state of a rag service. It counts since the service was created. */
export interface RagStatus {
  /** `degraded`: the last record could not be written, or claims were left unassessed. */
  readonly status: ServiceStatus;
  readonly assessments: number;
  readonly grounded: number;
  /** Assessments that ended in `block` because they could not be recorded. */
  readonly unrecorded: number;
  /** Claims whose scorer gave no usable answer. */
  readonly unassessedClaims: number;
  readonly withheldChunks: number;
}

/** Judges whether answers rest on their sources. */
export interface Rag {
  /**
   * Begins a session with the question that was asked.
   *
   * @throws {RagError} `RAG_INPUT_INVALID`, `RAG_EVIDENCE_UNAVAILABLE`.
   */
  traceQuery(
    input: { readonly query: string; readonly sessionId?: string },
    call: RagCall,
  ): Promise<{ readonly sessionId: string; readonly recordId: string }>;
  /**
   * Records the retrieved chunks, and returns those that may be read.
   *
   * @throws {RagError} `RAG_SESSION_UNKNOWN`, `RAG_SESSION_ENDED`, `RAG_INPUT_INVALID`,
   *   `RAG_STATE_UNAVAILABLE`, `RAG_EVIDENCE_UNAVAILABLE`.
   */
  traceRetrieval(
    input: { readonly sessionId: string; readonly chunks: readonly Chunk[] },
    call: RagCall,
  ): Promise<{
    readonly chunks: readonly Chunk[];
    readonly withheld: number;
    readonly recordId: string;
  }>;
  /** Records what was generated. @throws {RagError} as {@link Rag.traceRetrieval} */
  traceGeneration(
    input: { readonly sessionId: string; readonly answer: string; readonly model?: string },
    call: RagCall,
  ): Promise<{ readonly recordId: string }>;
  /** Ends a session, once. @throws {RagError} as {@link Rag.traceRetrieval} */
  endSession(
    input: { readonly sessionId: string },
    call: RagCall,
  ): Promise<{ readonly recordId: string }>;
  /**
   * A session as the log has it.
   *
   * @throws {RagError} `RAG_SESSION_UNKNOWN`, `RAG_STATE_UNAVAILABLE`.
   */
  getSession(
    sessionId: string,
    where: TraceListOptions & { readonly traceId: string },
  ): Promise<RagSession>;
  /**
   * Judges an answer against its sources and records the result before answering. Never rejects:
   * input that cannot be read, or a record that cannot be written, is `block`.
   */
  assessGrounding(input: GroundingInput, call: RagCall): Promise<GroundingResult>;
  /**
   * Like {@link Rag.assessGrounding}, and asks the policy once, as `sf_rag` / `grounding_threshold`
   * with the average as the observed value. The stricter of its answer and `onUngrounded` counts. A
   * policy that is not configured, fails or is too slow gives `block` with `policy_unavailable`.
   */
  assessGroundingWithPolicy(input: GroundingInput, call: RagCall): Promise<GroundingResult>;
  /**
   * Every grounding recorded for a trace, in log order.
   *
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`, `EVENTS_RECORD_TAMPERED`.
   */
  listForTrace(traceId: string, options?: TraceListOptions): Promise<readonly RecordedGrounding[]>;
  /** The state of this service. Never rejects. */
  getStatus(): Promise<RagStatus>;
}
