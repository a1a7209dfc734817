import { type Clock, type EvidenceReader, systemClock } from '@spanforge/core-events';
import type { Checkpointer } from '@spanforge/core-events/log';
import { type NoteVerifier, parseVkey, type SigningKey } from '@spanforge/core-signing';
import { OperatorError } from './error.js';
import { exportSelection } from './export/export.js';
import type { ExportOptions, PackageSelection } from './export/export-options.js';
import { latestCheckpoint, type OperatorLog } from './log-state.js';
import type { EvidencePackage } from './package/members.js';
import { findingsToShow } from './trace/completeness.js';
import { inspectSelection } from './trace/inspect.js';
import { findTraces, type TraceList, type TraceQuery } from './trace/list-traces.js';
import { readSelection } from './trace/read-trace.js';
import { BOUNDARY, type TraceReport } from './trace/report.js';
import { readServiceNotes } from './trace/service-notes.js';

/** What an operator works with. */
export interface OperatorOptions {
  /** The evidence log, as `openEvidenceLog` gives it. */
  readonly reader: OperatorLog;
  /**
   * Where traces are listed and inspected from, such as a reader that sees one tenant; the log when
   * absent. An export that selects a record which this reader does not show is refused: its query
   * has to name the place.
   */
  readonly selectFrom?: EvidenceReader;
  /** Signs a checkpoint at export; without one the last released checkpoint must do. */
  readonly checkpointer?: Checkpointer;
  /** Keys of role `package` that sign exports: one Ed25519 and one ES256 key. Needed for export. */
  readonly packageKeys?: readonly SigningKey[];
  /** The log's public key as vkey text: checked on inspection, and put into packages. */
  readonly logKey?: string;
  readonly clock?: Clock;
  /** Records of one trace or one package; 100,000 when absent. */
  readonly maxRecords?: number;
  /** Records of the log that are read in search of holes in writer numbers; 10,000 when absent. */
  readonly maxWriterScan?: number;
}

/** Inspects traces and exports evidence packages. */
export interface Operator {
  /**
   * Finds traces by trace, run, agent, actor, outcome, rule, tool, subject and time, newest first, over
   * the terms of the log: cost grows with what is found, not with the log.
   *
   * @throws {OperatorError} `OPERATOR_OPTIONS_INVALID` for a limit that is none.
   * @throws {EventsError} of the reader.
   */
  listTraces(query: TraceQuery): Promise<TraceList>;
  /**
   * Says what the log knows about a trace: what was decided and why, what ran, whether the evidence
   * is whole, and what is missing from it. Cost grows with the trace, not the log.
   *
   * An unknown trace has status `no_evidence`; a broken record is reported with its index and hides
   * no other.
   *
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE` and others of the reader.
   * @throws {OperatorError} `OPERATOR_SELECTION_TOO_LARGE`.
   */
  inspectTrace(traceId: string): Promise<TraceReport>;
  /**
   * Makes a signed evidence package of a trace or a query. An unknown trace gives an explicit empty
   * package of outcome `no_evidence`.
   *
   * @throws {OperatorError} `OPERATOR_OPTIONS_INVALID` without package keys,
   *   `OPERATOR_EVIDENCE_BROKEN` with the index, `OPERATOR_CHECKPOINT_UNAVAILABLE`,
   *   `OPERATOR_CHECKPOINT_INCONSISTENT` when the log does not extend `since`,
   *   `OPERATOR_SELECTION_FOREIGN`, `OPERATOR_SELECTION_TOO_LARGE`, `OPERATOR_TIMESTAMP_REFUSED`, `OPERATOR_TIMESTAMP_UNAVAILABLE`.
   * @throws {EventsError} of the reader and the checkpointer.
   */
  exportPackage(selection: PackageSelection, options?: ExportOptions): Promise<EvidencePackage>;
}

function invalidError(path: string, message: string, cause?: unknown): OperatorError {
  return new OperatorError('OPERATOR_OPTIONS_INVALID', `${path}: ${message}`, {
    details: { path: `$.${path}` },
    ...(cause === undefined ? {} : { cause }),
  });
}

function readLogKey(text: string | undefined, origin: string): NoteVerifier | undefined {
  if (text === undefined) return undefined;
  let verifier: NoteVerifier;
  try {
    verifier = parseVkey(text.trim());
  } catch (cause) {
    throw invalidError('logKey', 'expected a vkey', cause);
  }
  if (verifier.type === 0x01 && verifier.name === origin) return verifier;
  throw invalidError('logKey', 'expected the key of this log');
}

function checkPackageKeys(keys: readonly SigningKey[]): void {
  if (keys.some(({ role }) => role !== 'package')) {
    throw invalidError('packageKeys', 'expected keys of role package');
  }
  if (new Set(keys.map(({ alg }) => alg)).size !== keys.length) {
    throw invalidError('packageKeys', 'expected at most one key of each algorithm');
  }
}

/**
 * Creates an operator over an evidence log. Reads nothing before it is asked, and never writes to
 * the log.
 *
 * @throws {OperatorError} `OPERATOR_OPTIONS_INVALID`.
 */
export function createOperator(options: OperatorOptions): Operator {
  const { reader: log, checkpointer, packageKeys = [], clock = systemClock } = options;
  const { maxRecords = 100_000, maxWriterScan = 10_000, selectFrom = log } = options;
  const logKey = readLogKey(options.logKey, log.origin);
  checkPackageKeys(packageKeys);
  return Object.freeze({
    listTraces: async (query: TraceQuery) => findTraces(selectFrom, query),
    async inspectTrace(traceId: string) {
      const selection = await readSelection(selectFrom, { traceId }, maxRecords);
      const checkpoint = await latestCheckpoint(log, checkpointer);
      const parts = { log, checkpoint, logKey, maxWriterScan };
      const report = await inspectSelection(traceId, selection, parts);
      const services = await readServiceNotes(selectFrom, selection.records, clock());
      const completeness = findingsToShow(report.completeness, selection.records);
      return { ...report, completeness, services, boundary: BOUNDARY };
    },
    async exportPackage(selection: PackageSelection, exportOptions: ExportOptions = {}) {
      if (packageKeys.length === 0)
        throw invalidError('packageKeys', 'expected a key, which an export needs to sign');
      // Without this, a missing trace id would quietly export the whole log.
      if (!('query' in selection) && typeof selection.traceId !== 'string') {
        throw invalidError('traceId', 'expected text');
      }
      return exportSelection(selection, exportOptions, {
        log,
        selectFrom,
        checkpointer,
        packageKeys,
        logKey,
        clock,
        maxRecords,
        maxWriterScan,
      });
    },
  });
}
