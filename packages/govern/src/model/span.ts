import type { GovernedCall } from './call.js';

/** The cost of a call, as the host measured it. */
export interface SpanCost {
  /** Not negative. */
  readonly amount: number;
  /** ISO 4217, such as `USD`. */
  readonly currency: string;
}

/** What a governor's span records contain beyond duration and status. */
export interface SpanOptions {
  /** The cost of a call, when known. Errors it throws are ignored. */
  readonly cost?: (call: GovernedCall, result: unknown) => SpanCost | undefined;
  /** Whether a hallucination in this call would do harm; the trust gate counts these calls. */
  readonly hriCritical?: (call: GovernedCall) => boolean;
}
