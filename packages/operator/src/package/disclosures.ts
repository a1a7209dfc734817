import type { EvidenceRecord } from '@spanforge/core-events';
import type { OperatorLog } from '../log-state.js';
import { objectOf } from '../trace/body.js';
import type { DisclosureLine } from './index-lines.js';

/** Whether the recipient of a package may see one value of one record. */
export type DisclosureFilter = (record: EvidenceRecord, name: string) => boolean;

/** The values that records commit to, and what became of them in this package. */
export interface DisclosedValues {
  readonly lines: readonly DisclosureLine[];
  /** Values that exist and are not for this recipient. */
  readonly withheld: number;
  /** Values of which no disclosure is left. */
  readonly missing: number;
}

/** Digests a record commits to, by the name of the value, in order. */
export function commitmentsOf(record: EvidenceRecord): readonly (readonly [string, string])[] {
  const values = objectOf(record.body, 'values') ?? {};
  return Object.entries(values)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Gathers the disclosures that the recipient may see, in order of index and name. */
export async function gatherDisclosures(
  log: OperatorLog,
  records: readonly EvidenceRecord[],
  filter: DisclosureFilter,
): Promise<DisclosedValues> {
  const lines: DisclosureLine[] = [];
  let [withheld, missing] = [0, 0];
  for (const record of records) {
    const commitments = commitmentsOf(record);
    if (commitments.length === 0) continue;
    const { index } = record;
    const kept = await log.disclosures(index);
    for (const [name, digest] of commitments) {
      const disclosure = kept.find((one) => one.digest === digest);
      if (!disclosure) missing += 1;
      else if (filter(record, name))
        lines.push({ index, name, digest, disclosure: disclosure.encoded });
      else withheld += 1;
    }
  }
  return { lines, withheld, missing };
}
