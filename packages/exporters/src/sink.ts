import type { EvidenceRecord } from '@spanforge/core-events';

/** A value that a record commits to, as far as it may leave the log. */
export interface ExportedValue {
  readonly name: string;
  readonly value: unknown;
}

/** One record on its way out. */
export interface ExportRecord {
  readonly record: EvidenceRecord;
  /** Empty unless content is exported; see `ContentOption`. */
  readonly values: readonly ExportedValue[];
}

/**
 * Where records go. A sink answers only when what it was given is safe at the receiver: the cursor
 * moves behind it.
 */
export interface Sink {
  /** Such as `splunk-hec`; part of messages. */
  readonly name: string;
  /**
   * Delivers a batch, all of it or, when it rejects, perhaps a part: the same records come again.
   *
   * @throws {ExportError} `EXPORT_SINK_UNAVAILABLE` when trying again may help,
   *   `EXPORT_SINK_REFUSED` when the receiver will never take these records, and
   *   `EXPORT_EGRESS_DENIED`. Any other error counts as the first.
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
 * Says whether a connection may be made. Every sink that has a network asks it, each time it
 * connects; an air-gapped deployment answers `false`.
 */
export type EgressGuard = (target: EgressTarget) => boolean;
