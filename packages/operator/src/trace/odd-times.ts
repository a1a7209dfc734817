import type { EvidenceRecord } from '@spanforge/core-events';
import type { CompletenessFinding } from './finding.js';

/** How far a record may be dated outside its neighbours: clocks of several writers differ. */
const TOLERANCE_MS = 3_600_000;

/**
 * Records dated more than an hour after both their neighbours, or before both: a clock was wrong, or
 * somebody backdated or postdated a record. The first and the last record have one neighbour.
 */
export function findOddTimes(
  records: readonly Pick<EvidenceRecord, 'index' | 'time'>[],
): readonly CompletenessFinding[] {
  const times = records.map(({ time }) => Date.parse(time));
  return records.flatMap(({ index, time }, at) => {
    const own = times[at] ?? 0;
    const around = [times[at - 1], times[at + 1]].filter((one) => one !== undefined);
    const after = Math.max(...around) + TOLERANCE_MS;
    const before = Math.min(...around) - TOLERANCE_MS;
    // With one neighbour, a record that is last may well be much later, and a first one earlier.
    const late = own > after && at < records.length - 1;
    const early = own < before && at > 0;
    if (around.length === 0 || !(late || early)) return [];
    const message = `Record ${index} is dated ${time}, more than an hour ${late ? 'after' : 'before'} its neighbours.`;
    return [{ code: 'time_out_of_place', index, message }];
  });
}
