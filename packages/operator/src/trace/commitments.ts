import type { EvidenceRecord } from '@spanforge/core-events';
import { objectOf } from './body.js';

/** Digests a record commits to, by the name of the value, in order. */
export function commitmentsOf(record: EvidenceRecord): readonly (readonly [string, string])[] {
  const values = objectOf(record.body, 'values') ?? {};
  return Object.entries(values)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
