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

// The one place of module state: whoever wants one policy for a whole process asks for it here.
let policy: EventGovernancePolicy = createEventGovernancePolicy();

/** The event policy of this process; until one is set, one that refuses nothing. */
export function getGlobalPolicy(): EventGovernancePolicy {
  return policy;
}

/** Replaces the event policy of this process; `null` is the one that refuses nothing. */
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
