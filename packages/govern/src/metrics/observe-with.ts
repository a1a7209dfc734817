import type { GovernObserver } from '../model/observation.js';

/** Joins several observers into one; an observer that throws does not keep the others from being called. */
export function observeWith(...observers: readonly GovernObserver[]): GovernObserver {
  return (observation) => {
    for (const observe of observers) {
      try {
        observe(observation);
      } catch {
        // An observer that fails must not fail the call.
      }
    }
  };
}
