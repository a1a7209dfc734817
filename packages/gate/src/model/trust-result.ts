/** The result of the three windows of the trust gate. */
export interface TrustResult {
  readonly hriCriticalRate: number;
  /** Detections in the window; the documented name carries the default of 24 hours. */
  readonly piiDetections24h: number;
  readonly secretsDetections24h: number;
  /** Which windows blocked, and why. */
  readonly failures: readonly string[];
}
