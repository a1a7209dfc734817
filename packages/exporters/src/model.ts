import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import type { ContentOption } from './content.js';
import type { CursorStore } from './cursor.js';
import type { ExportError } from './error.js';
import type { Sink } from './sink.js';

/**
 * The records to export; a record must match every given part. The cursor moves over all records.
 */
export interface ExportFilter {
  readonly types?: readonly string[];
  readonly tenants?: readonly string[];
  readonly projects?: readonly string[];
  /** `live` alone, for example; all modes when absent. */
  readonly modes?: readonly EvidenceRecord['mode'][];
}

/** Options of an exporter. */
export interface ExporterOptions {
  readonly reader: EvidenceReader;
  readonly sink: Sink;
  readonly cursor: CursorStore;
  readonly filter?: ExportFilter;
  /** `'none'` when absent. */
  readonly content?: ContentOption;
  /** Records read for one batch, 1 to 1000; 500 when absent. */
  readonly batchRecords?: number;
  /** Milliseconds before the first retry; doubled each time, with jitter. 500 when absent. */
  readonly retryMs?: number;
  /** The longest time between retries in milliseconds; 60,000 when absent. */
  readonly maxRetryMs?: number;
  /**
   * Failed deliveries in a row after which the export ends with `EXPORT_SINK_UNAVAILABLE`; a receiver
   * is waited for without end when absent.
   */
  readonly maxAttempts?: number;
  /** Milliseconds before a log without new records is read again; 1000 when absent. */
  readonly idleMs?: number;
  /** Gives a number from 0 to below 1 for the jitter; `Math.random` when absent. */
  readonly random?: () => number;
  /** Called after every batch and every failure. What it throws is ignored. */
  readonly onProgress?: (status: ExporterStatus) => void;
}

/** The state of an exporter. */
export interface ExporterStatus {
  /** `stopped`: the export does not continue until somebody handles `error`. */
  readonly state: 'idle' | 'sending' | 'retrying' | 'stopped';
  /** Index of the next record. */
  readonly next: number;
  /** Records that are still to be exported, as of the last read of the log. */
  readonly behind: number;
  /** Records delivered since this exporter was made. */
  readonly sent: number;
  /** Failed deliveries in a row. */
  readonly attempts: number;
  readonly error?: ExportError;
}
