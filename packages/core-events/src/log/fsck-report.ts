/** One thing wrong with a log. */
export interface FsckFinding {
  /**
   * `error`: evidence was changed or lost. `warning`: a hole that nothing explains, a time
   * that goes back, or a derived value that does not fit the log.
   */
  readonly severity: 'error' | 'warning';
  readonly code:
    | 'leaf_mismatch'
    | 'not_a_record'
    | 'hmac_missing'
    | 'hmac_mismatch'
    | 'index_mismatch'
    | 'terms_mismatch'
    | 'terms_earlier'
    | 'claim_mismatch'
    | 'idempotency_mismatch'
    | 'counter_mismatch'
    | 'records_missing'
    | 'checkpoint_mismatch'
    | 'checkpoint_unreadable'
    | 'checkpoint_signature'
    | 'checkpoint_beyond_log'
    | 'derived_unknown'
    | 'mark_mismatch'
    | 'mark_missing'
    | 'mark_rolled_back'
    | 'log_frozen'
    | 'log_refused'
    | 'disclosure_mismatch'
    | 'writer_hole'
    | 'writer_duplicate'
    | 'time_out_of_place'
    | 'time_mismatch'
    | 'tile_mismatch'
    | 'index_head_unreadable'
    | 'store_structure';
  /** Index of the record, or size of the tree head. */
  readonly index?: number;
  readonly message: string;
}

/** The result of examining a whole log. */
export interface FsckReport {
  readonly size: number;
  /** RFC 6962 root over all records, hex. */
  readonly root: string;
  /** Checkpoints that were found in the store. */
  readonly checkpoints: number;
  /** Empty for a log that is whole. */
  readonly findings: readonly FsckFinding[];
}

/** An `error` finding. */
export function fault(code: FsckFinding['code'], message: string, index?: number): FsckFinding {
  return { severity: 'error', code, ...(index === undefined ? {} : { index }), message };
}
