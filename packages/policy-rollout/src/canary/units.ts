import type { EvidenceContext } from '@spanforge/core-events';
import { UNIT_LENGTH } from './bucket.js';

/** The unit that is assigned to one arm as a whole. */
export type CanaryUnit = 'trace' | 'tenant';

/** The key of a unit, as its bucket is computed from it. */
export function unitKey(unit: CanaryUnit, { tenant, traceId }: UnitContext): string {
  return JSON.stringify(unit === 'tenant' ? [tenant] : [tenant, traceId]);
}

/** The part of a context that names a unit. */
export type UnitContext = Pick<EvidenceContext, 'tenant' | 'traceId'>;

export function joinUnits(units: Iterable<string>): string {
  return [...units].join('');
}

/** @throws {RangeError} for a text that is not a row of units. */
export function splitUnits(text: string): readonly string[] {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % UNIT_LENGTH !== 0) {
    throw new RangeError('not a row of units');
  }
  const units: string[] = [];
  for (let at = 0; at < text.length; at += UNIT_LENGTH)
    units.push(text.slice(at, at + UNIT_LENGTH));
  return units;
}
