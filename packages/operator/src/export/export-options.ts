import type { Clock, EvidenceQuery, EvidenceReader } from '@spanforge/core-events';
import type { Checkpointer } from '@spanforge/core-events/log';
import type { NoteVerifier, SigningKey } from '@spanforge/core-signing';
import type { OperatorLog } from '../log-state.js';
import type { CheckpointStamper } from '../package/timestamp.js';
import type { CheckpointCosigner } from '../witness/cosigner.js';
import type { DisclosureFilter } from './disclosures.js';

/** Which records a package is about: one trace, or whatever a query finds. */
export type PackageSelection =
  | { readonly traceId: string }
  | { readonly query: Omit<EvidenceQuery, 'cursor' | 'limit' | 'newestFirst'> };

/** How a package is made for its recipient. */
export interface ExportOptions {
  /** Which values the recipient may see; none when absent. */
  readonly disclose?: DisclosureFilter;
  /** A checkpoint the recipient kept: the package then proves that the log only grew since. */
  readonly since?: string;
  /**
   * Has a time-stamping authority say that the checkpoint exists; `createCheckpointStamper` of
   * `@spanforge/operator/timestamp` makes one. Where it fails, there is no package.
   */
  readonly stamp?: CheckpointStamper;
  /**
   * Has witnesses cosign the checkpoint before it is stamped; `createCheckpointCosigner` makes one. Where
   * those that are needed did not sign, there is no package.
   */
  readonly cosign?: CheckpointCosigner;
  /**
   * Lets a log that governs no more be exported from, as far as it was signed before: the package then
   * rests on the newest earlier checkpoint that still stands, and this is told. Without it, such an
   * export is refused.
   */
  readonly onDamaged?: (damage: LogDamage) => void;
}

/** What became of a log since the checkpoint that a package rests on. */
export interface LogDamage {
  /** Why the log is signed no more, such as `rolled_back`. */
  readonly reason: string;
  /** Size of the checkpoint that the package rests on; nothing is said of what came later. */
  readonly size: number;
}

/** What an export rests on. */
export interface ExportParts {
  readonly log: OperatorLog;
  /** Shows what may be exported; the log itself where everything may. */
  readonly selectFrom: EvidenceReader;
  readonly checkpointer: Checkpointer | undefined;
  readonly packageKeys: readonly SigningKey[];
  readonly logKey: NoteVerifier | undefined;
  readonly clock: Clock;
  readonly maxRecords: number;
  readonly maxWriterScan: number;
}
