/** When a call that is refused repeatedly is refused at once, without asking the controls. */
export interface RefusalLimits {
  /** How many refusals of the same call in a row it takes; 5 when absent. */
  readonly limit?: number;
  /** How long the call is then refused at once; 60000 when absent. */
  readonly resetMs?: number;
  /** How many different calls are remembered (the latest); 10000 when absent. */
  readonly maxCalls?: number;
}
