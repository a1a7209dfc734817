/** How much of each run a governor keeps in memory. The log is the source of truth. */
export interface FactOptions {
  /** Calls of one run, over all its traces; default 100. With more, facts are missing. */
  readonly maxCalls?: number;
  /** Bytes of recorded arguments and results of one run; default 262144. */
  readonly maxBytes?: number;
  /** Runs kept in memory; default 1024. */
  readonly maxTraces?: number;
  /**
   * Set this when several processes serve one run at the same time: the run is then read from
   * the log for each call. Otherwise it is read once, on its first call here.
   */
  readonly shared?: boolean;
}
