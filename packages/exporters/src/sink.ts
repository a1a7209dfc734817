import type { EvidenceRecord } from '@spanforge/core-events';

/** A value that a record commits to, in the form that may leave the log. */
export interface ExportedValue {
  readonly name: string;
  readonly value: unknown;
}

/** One record to export. */
export interface ExportRecord {
  readonly record: EvidenceRecord;
  /** Empty unless content is exported; see `ContentOption`. */
  readonly values: readonly ExportedValue[];
}

/**
 * A destination of records. It resolves only when the receiver has the records safely, because the
 * cursor then moves past them.
 */
export interface Sink {
  /** Its name in messages, such as `splunk-hec`. */
  readonly name: string;
  /**
   * Delivers a batch. If it rejects, a part may have been delivered; the same records come again.
   *
   * @throws {ExportError} `EXPORT_SINK_UNAVAILABLE` when trying again may help,
   *   `EXPORT_SINK_REFUSED` when the receiver will never take these records, and
   *   `EXPORT_EGRESS_DENIED`. Any other error counts as `EXPORT_SINK_UNAVAILABLE`.
   */
  send(batch: readonly ExportRecord[], signal: AbortSignal): Promise<void>;
  /** Called once before the first batch, with the index the cursor stands at. */
  open?(next: number): Promise<void>;
  close?(): Promise<void>;
}

/** A connection that an exporter is about to make. */
export interface EgressTarget {
  readonly protocol: 'http' | 'https' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

/**
 * Says whether a connection may be made. Every sink that uses the network asks it each time it
 * connects. An air-gapped deployment answers `false`.
 */
export type EgressGuard = (target: EgressTarget) => boolean;
