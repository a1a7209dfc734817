import type { GovernObserver } from './observer.js';

/** Tells several observers; one that throws keeps none of the others from hearing. */
export function observeWith(...observers: readonly GovernObserver[]): GovernObserver {
  return (observation) => {
    for (const observe of observers) {
      try {
        observe(observation);
      } catch {
        // Whoever watches does not get in the way.
      }
    }
  };
}
