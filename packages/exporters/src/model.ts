import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import type { ContentOption } from './content.js';
import type { CursorStore } from './cursor.js';
import type { ExportError } from './error.js';
import type { Sink } from './sink.js';

/** Which records are exported; every given part must hold. The cursor moves over all. */
export interface ExportFilter {
  readonly types?: readonly string[];
  readonly tenants?: readonly string[];
  readonly projects?: readonly string[];
  /** `live` alone, for example; all modes when absent. */
  readonly modes?: readonly EvidenceRecord['mode'][];
}

/** How an exporter is made. */
export interface ExporterOptions {
  readonly reader: EvidenceReader;
  readonly sink: Sink;
  readonly cursor: CursorStore;
  readonly filter?: ExportFilter;
  /** `'none'` when absent. */
  readonly content?: ContentOption;
  /** Records looked at for one batch, 1 to 1000; 500 when absent. */
  readonly batchRecords?: number;
  /** Milliseconds before the first retry; doubled each time, with jitter. 500 when absent. */
  readonly retryMs?: number;
  /** Milliseconds between retries at most; 60,000 when absent. */
  readonly maxRetryMs?: number;
  /** Milliseconds between looks at a log that has nothing new; 1000 when absent. */
  readonly idleMs?: number;
  /** 0 inclusive to 1 exclusive, for the jitter; `Math.random` when absent. */
  readonly random?: () => number;
  /** Called after every batch and every failure. What it throws is ignored. */
  readonly onProgress?: (status: ExporterStatus) => void;
}

/** How an exporter is doing. */
export interface ExporterStatus {
  /** `stopped`: nothing goes on until somebody looks at `error`. */
  readonly state: 'idle' | 'sending' | 'retrying' | 'stopped';
  /** Index of the next record. */
  readonly next: number;
  /** Records in the log that have not been passed yet, when it was last looked at. */
  readonly behind: number;
  /** Records delivered since this exporter was made. */
  readonly sent: number;
  /** Failed deliveries in a row. */
  readonly attempts: number;
  readonly error?: ExportError;
}
