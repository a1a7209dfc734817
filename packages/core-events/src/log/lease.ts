import type { Clock } from '../clock.js';
import { EventsError } from '../error.js';
import type { EvidenceStore } from './store.js';

/** A clock that all processes of one machine share and that cannot be set. */
export interface LeaseClock {
  /** Id of the machine's boot, from which time counts. */
  readonly boot: string;
  /** Milliseconds since then. */
  now(): number;
}

/** Options of a lease. */
export interface LeaseOptions {
  readonly store: EvidenceStore;
  readonly name: string;
  readonly holder: string;
  readonly clock: Clock;
  readonly leaseMs: number;
}

/** A right that only one holder has at a time. */
export interface Lease {
  /**
   * Takes the lease, or renews it when a third of its time has passed; each renewal is a durable write.
   *
   * @throws {EventsError} `EVENTS_LEASE_HELD` when another holder has it.
   */
  hold(): Promise<void>;
  /** Gives the lease back; if that fails, it expires by itself. Never rejects. */
  release(): Promise<void>;
}

/** The error of a signer that finds another one at work. */
export function otherSigner(): EventsError {
  return new EventsError('EVENTS_LEASE_HELD', 'another process signs this log');
}

/** Creates a lease that nobody holds yet. */
export function createLease({ store, name, holder, clock, leaseMs }: LeaseOptions): Lease {
  let heldAtMs: number | undefined;
  return {
    async hold() {
      const nowMs = clock();
      if (heldAtMs !== undefined && nowMs >= heldAtMs && nowMs - heldAtMs < leaseMs / 3) return;
      heldAtMs = undefined;
      if (!(await store.lease(name, holder, nowMs, leaseMs))) {
        throw otherSigner();
      }
      heldAtMs = nowMs;
    },
    async release() {
      heldAtMs = undefined;
      await store.lease(name, holder, clock(), 0).catch(() => false);
    },
  };
}
