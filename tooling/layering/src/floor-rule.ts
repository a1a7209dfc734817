import type { Rule } from './failure.js';
import { floors, type Place } from './floors.js';

/** Why a package may not use another of ours. */
export interface Refusal {
  readonly rule: Rule;
  readonly message: string;
}

/**
 * The rule of the floors, for one package using another of ours.
 *
 * What is shipped may import what the table lists. Tests may also use anything on a lower floor.
 *
 * @returns undefined when the use is allowed.
 */
export function refuseUse(place: Place, target: string, inTests: boolean): Refusal | undefined {
  const other = floors[target];
  if (other === undefined) {
    return { rule: 'unknown-package', message: `${target} has no floor (see floors.ts)` };
  }
  if (place.ours === 'anything' || place.ours.includes(target)) return undefined;
  if (other.floor === place.floor) {
    return { rule: 'cross-floor', message: `${target} is on the same floor` };
  }
  if (other.floor > place.floor) {
    return { rule: 'floor-violation', message: `${target} is on a higher floor` };
  }
  if (inTests) return undefined;
  return { rule: 'floor-violation', message: `${target} is not among the packages allowed here` };
}
