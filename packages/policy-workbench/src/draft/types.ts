/** One recorded call of a tool. */
export interface DraftCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Absent if the call was not completed, or its result not recorded. */
  readonly result?: unknown;
}

/** One recorded run of an agent: its calls in the order in which they were made. */
export interface DraftRun {
  readonly id: string;
  readonly calls: readonly DraftCall[];
  /** The user's texts, and the call that follows each (its position in `calls`). */
  readonly said?: readonly { readonly text: string; readonly before: number }[];
}

/** The declaration of a tool; `parseToolSchemas` reads it from the usual formats. */
export interface ToolSchema {
  readonly name: string;
  /** JSON Schema of the arguments. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** Whether the tool's provider says that it only reads. */
  readonly readOnly?: boolean;
}

/** Options of a draft. */
export interface DraftOptions {
  readonly runs: readonly DraftRun[];
  readonly tools?: readonly ToolSchema[];
  /** Default `drafted`. */
  readonly policyId?: string;
  /** Default `prod`. */
  readonly environment?: string;
  /** Default `unassigned`; a person must take over. */
  readonly owner?: string;
  /** The agent of the manifest; default `agent`. */
  readonly agentId?: string;
  /** RFC 3339: `effective_at` of the bundle. Nothing here reads a clock. */
  readonly effectiveAt: string;
  /** RFC 3339: the end of the shadow stage of every rule. */
  readonly shadowUntil: string;
  /** The number of calls a rule about an argument needs; default 5, at least 2. */
  readonly minObservations?: number;
}

/** The place of a call: its run, and its position there. */
export interface DraftPlace {
  readonly run: DraftRun;
  readonly at: number;
}

/** A recorded call with its place. */
export interface Observation extends DraftPlace {
  readonly call: DraftCall;
}

/** What a draft contains, in numbers. */
export interface DraftSummary {
  readonly runs: number;
  readonly calls: number;
  readonly tools: readonly {
    readonly name: string;
    readonly calls: number;
    readonly effect: 'read' | 'write';
    readonly rules: number;
    readonly reviews: number;
  }[];
  /** Tools that are declared but were never called; they stay denied. */
  readonly unseen: readonly string[];
  readonly rules: number;
  readonly cases: number;
  /** The number of places marked `REVIEW`. */
  readonly reviews: number;
}

/** Three files, as text; each line names the calls on which it is based. */
export interface PolicyDraft {
  /** A least-privilege manifest for `@spanforge/scope`, as YAML. */
  readonly manifest: string;
  /** The bundle, every rule in shadow, as YAML. */
  readonly bundle: string;
  /** Test cases of the bundle, as YAML. */
  readonly cases: string;
  readonly summary: DraftSummary;
}
