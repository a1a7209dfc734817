/** The kind of a finding. The first three are violations. */
export type CompletenessCode =
  | 'executed_not_authorised'
  | 'decision_reused'
  | 'decision_mismatch'
  | 'allowed_not_executed'
  | 'started_not_ended'
  | 'time_out_of_place'
  | 'not_compared'
  | 'writer_hole'
  | 'writers_not_checked'
  | 'log_damaged';

/** What only the exporter can know, from records and files that are not in a package. */
export const EXPORTERS_WORD: ReadonlySet<string> = new Set<CompletenessCode>([
  'writer_hole',
  'writers_not_checked',
  'log_damaged',
]);

/** Something missing from a trace, or something in it that should not have happened. */
export interface CompletenessFinding {
  readonly code: CompletenessCode;
  /** The record it is about. */
  readonly index?: number;
  /** A sentence. */
  readonly message: string;
}
