import type {
  EvidenceContext,
  EvidenceReader,
  PolicyDecider,
  Recorder,
} from '@spanforge/core-events';
import type { SigningKey, VerificationKey } from '@spanforge/core-signing';
import type { z } from 'zod';
import type { GateDefinition } from './model/definition.js';
import type { GateFinding } from './model/finding.js';
import type { SuppressionBook } from './model/suppressions.js';
import type { GateMetrics, MetricType } from './model/verdict.js';
import type { GateSettings } from './settings.js';

/** What a gate's own rule says about its facts, before `pass_condition` and `on_fail`. */
export interface Assessment {
  readonly result: 'pass' | 'warn' | 'fail' | 'inconclusive' | 'skipped';
  /**
   * True when no `pass_condition` may change it: something could not be checked, or the finding
   * always blocks.
   */
  readonly firm: boolean;
  readonly reasonCode: string;
  readonly reason: string;
  readonly metrics: GateMetrics;
}

/** One engine that took part, and its input. */
export interface EngineRun {
  readonly name: string;
  readonly kind: 'builtin' | 'tool' | 'report';
  readonly version: string;
  readonly exitCode?: number;
  /** For a report: its age in milliseconds. */
  readonly ageMs?: number;
  /** SHA-256 of the input or report, hex. */
  readonly sha256?: string;
  readonly findings: number;
}

/** An input of a gate, by name and digest. */
export interface GateInput {
  readonly name: string;
  readonly sha256: string;
}

/** An additional file of an artifact, such as an SBOM. */
export interface Attachment {
  /** Such as `cdx.json`; the file is written beside the artifact. */
  readonly suffix: string;
  readonly text: string;
}

/** Plain data from which the verdict follows: counts and bounds, never governed text. */
export type GateFacts = Readonly<Record<string, unknown>>;

/** The facts and findings that a gate gathered. */
export interface GatheredFacts {
  readonly facts: GateFacts;
  readonly findings?: readonly GateFinding[];
  /** The number of all findings, if only some are listed. */
  readonly findingCount?: number;
  readonly engines?: readonly EngineRun[];
  readonly inputs?: readonly GateInput[];
  readonly attachments?: readonly Attachment[];
}

/** The output of a program. */
export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/**
 * Runs a program without a shell. @throws when it cannot start, takes too long or prints too much.
 */
export type RunCommand = (
  command: readonly string[],
  options: { readonly cwd: string; readonly signal: AbortSignal; readonly maxBytes?: number },
) => Promise<CommandOutput>;

/** The services that executors are given. */
export interface GateServices {
  /** The folder that relative paths start from. */
  readonly root: string;
  readonly settings: GateSettings;
  readonly clock: () => number;
  readonly reader?: EvidenceReader;
  readonly recorder?: Recorder;
  readonly policy?: PolicyDecider;
  readonly context?: EvidenceContext;
  readonly projectId?: string;
  readonly keys: readonly SigningKey[];
  readonly verificationKeys: readonly VerificationKey[];
  readonly suppressions: SuppressionBook;
  readonly runCommand: RunCommand;
  /** A monotonic clock, milliseconds. */
  readonly monotonic: () => number;
  /** Access to the network; absent if the network is not allowed. */
  readonly fetch?: typeof fetch;
  readonly onProgress?: (done: number, total: number) => void;
}

/** One evaluation of one gate. */
export interface ExecutorInput {
  readonly gate: GateDefinition;
  /** The caller's input for this gate; takes precedence over its options. */
  readonly payload?: unknown;
  readonly services: GateServices;
  /** Aborted when the gate has run out of time. */
  readonly signal: AbortSignal;
}

/** One type of gate: what it gathers, and the pure rule from which its verdict follows. */
export interface GateExecutor {
  readonly type: string;
  /** The metrics it emits, which `pass_condition` may name. */
  readonly metrics: Readonly<Record<string, MetricType>>;
  /** The schema of its options (`with`). */
  readonly options: z.ZodType;
  /** @throws on any problem; then the gate fails. */
  gather(input: ExecutorInput): Promise<GatheredFacts>;
  /** Pure, and defined for all facts that {@link gather} makes; any other facts are a failure. */
  judge(facts: GateFacts): Assessment;
  /**
   * True for a type whose facts come from the host's own code: `gate verify` cannot recompute it.
   */
  readonly opaque?: boolean;
}
