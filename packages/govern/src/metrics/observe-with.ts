import type { GovernObserver } from '../model/observation.js';

/** Tells several observers; one that throws does not keep the others from being told. */
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
