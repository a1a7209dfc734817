import type { Clock } from '@spanforge/core-events';

/** Permission for one append; handed back with its result. */
export interface Permit {
  readonly probe: boolean;
  /** Set when it was handed back. */
  settled?: true;
}

/** The result of a permitted append; `neither` when the caller's record was at fault. */
export type PermitResult = 'succeeded' | 'failed' | 'neither';

/** A circuit breaker: stops appends after consecutive failures, and later lets single probes through. */
export interface Breaker {
  /** A permit, or undefined while the circuit is open. */
  admit(): Permit | undefined;
  /** Each permit counts once. True when this closed the circuit. */
  settle(permit: Permit, result: PermitResult): boolean;
  readonly state: 'closed' | 'open' | 'half_open';
}

interface Circuit {
  failures: number;
  openedAt: number | undefined;
  probe: { readonly permit: Permit; readonly since: number } | undefined;
}

/**
 * Creates a closed breaker. It opens after `threshold` consecutive failures. `resetMs` later it
 * lets one probe through; the probe's success closes it, its failure opens it for another
 * `resetMs`. A probe that does not come back for `resetMs` makes room for the next.
 */
export function createBreaker(options: {
  readonly threshold: number;
  readonly resetMs: number;
  readonly clock: Clock;
}): Breaker {
  const { threshold, resetMs, clock } = options;
  const circuit: Circuit = { failures: 0, openedAt: undefined, probe: undefined };
  const open = (): void => {
    circuit.openedAt = clock();
    circuit.probe = undefined;
  };

  return {
    admit() {
      if (circuit.openedAt === undefined) return { probe: false };
      const now = clock();
      // A clock that went back must not keep the circuit open for longer than asked.
      if (now < circuit.openedAt) circuit.openedAt = now;
      if (now - circuit.openedAt < resetMs) return undefined;
      if (circuit.probe && Math.abs(now - circuit.probe.since) < resetMs) return undefined;
      circuit.probe = { permit: { probe: true }, since: now };
      return circuit.probe.permit;
    },
    settle(permit, result) {
      if (permit.settled) return false;
      permit.settled = true;
      if (circuit.openedAt === undefined) {
        if (result === 'succeeded') circuit.failures = 0;
        if (result === 'failed') circuit.failures += 1;
        if (circuit.failures >= threshold) open();
        return false;
      }
      // Calls admitted before the circuit opened say nothing about the log now.
      if (!permit.probe) return false;
      if (result === 'failed' && circuit.probe?.permit === permit) open();
      if (result === 'neither' && circuit.probe?.permit === permit) circuit.probe = undefined;
      if (result !== 'succeeded') return false;
      circuit.failures = 0;
      circuit.openedAt = undefined;
      circuit.probe = undefined;
      return true;
    },
    get state() {
      if (circuit.openedAt === undefined) return 'closed';
      return circuit.probe ? 'half_open' : 'open';
    },
  };
}
