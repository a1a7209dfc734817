/** When calls that are refused over and over are no longer asked about. */
export interface RefusalLimits {
  /** So many refusals of the same call in a row; 5 when absent. */
  readonly limit?: number;
  /** How long it is then refused without asking; 60000 when absent. */
  readonly resetMs?: number;
  /** How many different calls are remembered, the latest ones; 10000 when absent. */
  readonly maxCalls?: number;
}
