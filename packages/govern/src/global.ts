import {
  createEventGovernancePolicy,
  type EventGovernancePolicy,
  type GovernanceEvent,
} from '@spanforge/core-events';

export {
  createEventGovernancePolicy,
  type EventGovernancePolicy,
  type EventGovernancePolicyOptions,
  type GovernanceEvent,
  GovernanceViolationError,
  GovernanceWarning,
} from '@spanforge/core-events';

// The only module state of this package: one event policy for a whole process.
let policy: EventGovernancePolicy = createEventGovernancePolicy();

/** The event policy of this process. Until one is set, it refuses nothing. */
export function getGlobalPolicy(): EventGovernancePolicy {
  return policy;
}

/** Replaces the event policy of this process; `null` restores the one that refuses nothing. */
export function setGlobalPolicy(next: EventGovernancePolicy | null): void {
  policy = next ?? createEventGovernancePolicy();
}

/**
 * Checks one event against the event policy of this process.
 *
 * @throws {GovernanceViolationError} when it is refused.
 */
export function checkEvent(event: GovernanceEvent): void {
  policy.checkEvent(event);
}
