/** One recorded call of a tool. */
export interface DraftCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Absent where the call was not completed, or its result not recorded. */
  readonly result?: unknown;
}

/** One recorded run of an agent: its calls in the order they were made. */
export interface DraftRun {
  readonly id: string;
  readonly calls: readonly DraftCall[];
  /** What the user wrote, and before which call (its position in `calls`). */
  readonly said?: readonly { readonly text: string; readonly before: number }[];
}

/** What is declared about a tool; `parseToolSchemas` reads it from the usual formats. */
export interface ToolSchema {
  readonly name: string;
  /** JSON Schema of the arguments. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** What whoever offers the tool says it does. */
  readonly readOnly?: boolean;
}

/** What a draft is made of. */
export interface DraftOptions {
  readonly runs: readonly DraftRun[];
  readonly tools?: readonly ToolSchema[];
  /** `drafted` when absent. */
  readonly policyId?: string;
  /** `prod` when absent. */
  readonly environment?: string;
  /** `unassigned` when absent: a person has to own it. */
  readonly owner?: string;
  /** The agent of the manifest; `agent` when absent. */
  readonly agentId?: string;
  /** RFC 3339: `effective_at` of the bundle. Nothing here reads a clock. */
  readonly effectiveAt: string;
  /** RFC 3339: until when every rule only reports. */
  readonly shadowUntil: string;
  /** Calls a rule about an argument has to rest on; 5 when absent, at least 2. */
  readonly minObservations?: number;
}

/** Where a call stands: in which run, and which of its calls it is. */
export interface DraftPlace {
  readonly run: DraftRun;
  readonly at: number;
}

/** A recorded call and where it stands. */
export interface Observation extends DraftPlace {
  readonly call: DraftCall;
}

/** What drafting came to. */
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
  /** Declared and never called: they stay denied. */
  readonly unseen: readonly string[];
  readonly rules: number;
  readonly cases: number;
  /** Places marked `REVIEW`. */
  readonly reviews: number;
}

/** Three files, as text; each line rests on calls it names. */
export interface PolicyDraft {
  /** A least-privilege manifest for `@spanforge/scope`, as YAML. */
  readonly manifest: string;
  /** The bundle, every rule in the shadow, as YAML. */
  readonly bundle: string;
  /** Test cases of the bundle, as YAML. */
  readonly cases: string;
  readonly summary: DraftSummary;
}
