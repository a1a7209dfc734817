import type {
  EvidenceContext,
  EvidenceReader,
  PolicyDecider,
  Recorder,
} from '@spanforge/core-events';
import type { SigningKey, VerificationKey } from '@spanforge/core-signing';
import type { z } from 'zod';
import type { GateFinding } from './model/finding.js';
import type { GateMetrics, MetricType } from './model/verdict.js';
import type { GateDefinition } from './pipeline/definition.js';
import type { GateSettings } from './settings.js';
import type { SuppressionBook } from './suppress/book.js';

/** What a gate's own rule makes of its facts, before `pass_condition` and `on_fail`. */
export interface Assessment {
  readonly result: 'pass' | 'warn' | 'fail' | 'inconclusive' | 'skipped';
  /** True when no `pass_condition` may change it: something could not be looked at, or always blocks. */
  readonly firm: boolean;
  readonly reasonCode: string;
  readonly reason: string;
  readonly metrics: GateMetrics;
}

/** One engine that took part, and what it ran on. */
export interface EngineRun {
  readonly name: string;
  readonly kind: 'builtin' | 'tool' | 'report';
  readonly version: string;
  readonly exitCode?: number;
  /** Of a report: how old it was, milliseconds. */
  readonly ageMs?: number;
  /** SHA-256 of what it read or reported, hex. */
  readonly sha256?: string;
  readonly findings: number;
}

/** Something a gate looked at, by name and digest. */
export interface GateInput {
  readonly name: string;
  readonly sha256: string;
}

/** A further file of an artifact, such as an SBOM. */
export interface Attachment {
  /** Such as `cdx.json`; the file stands beside the artifact. */
  readonly suffix: string;
  readonly text: string;
}

/** Plain data from which the verdict follows: counts and bounds, never governed text. */
export type GateFacts = Readonly<Record<string, unknown>>;

/** What a gate gathered. */
export interface GatheredFacts {
  readonly facts: GateFacts;
  readonly findings?: readonly GateFinding[];
  /** All findings, where fewer are listed. */
  readonly findingCount?: number;
  readonly engines?: readonly EngineRun[];
  readonly inputs?: readonly GateInput[];
  readonly attachments?: readonly Attachment[];
}

/** What a program that was run answered. */
export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Runs a program without a shell. @throws when it cannot start, is too slow or says too much. */
export type RunCommand = (
  command: readonly string[],
  options: { readonly cwd: string; readonly signal: AbortSignal; readonly maxBytes?: number },
) => Promise<CommandOutput>;

/** What executors are given beside their gate. */
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
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** Reaches the network; absent where the network is not allowed. */
  readonly fetch?: typeof fetch;
  readonly onProgress?: (done: number, total: number) => void;
}

/** One evaluation of one gate. */
export interface ExecutorInput {
  readonly gate: GateDefinition;
  /** What the caller hands to the gate; stands before what its options name. */
  readonly payload?: unknown;
  readonly services: GateServices;
  /** Aborted when the gate is out of time. */
  readonly signal: AbortSignal;
}

/** One type of gate: what it gathers, and the pure rule from which its verdict follows. */
export interface GateExecutor {
  readonly type: string;
  /** The metrics it emits, as `pass_condition` may name them. */
  readonly metrics: Readonly<Record<string, MetricType>>;
  /** The schema of its options (`with`). */
  readonly options: z.ZodType;
  /** @throws whatever goes wrong: the gate fails closed. */
  gather(input: ExecutorInput): Promise<GatheredFacts>;
  /** Pure and total over facts that {@link gather} made; anything else is a failure. */
  judge(facts: GateFacts): Assessment;
  /** True for a type whose facts are a stranger's word: `gate verify` cannot recompute it. */
  readonly opaque?: boolean;
}
