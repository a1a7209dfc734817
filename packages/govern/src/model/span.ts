import type { GovernedCall } from './call.js';

/** What a host measures of a call. */
export interface SpanCost {
  /** Not negative. */
  readonly amount: number;
  /** ISO 4217, such as `USD`. */
  readonly currency: string;
}

/** What the span records of a governor say beyond duration and status. */
export interface SpanOptions {
  /** What a call cost, where that is known. What it throws is ignored. */
  readonly cost?: (call: GovernedCall, result: unknown) => SpanCost | undefined;
  /** Whether a hallucination in this call would do harm; the trust gate counts these calls. */
  readonly hriCritical?: (call: GovernedCall) => boolean;
}
