import type { ClauseStatus } from './clause.js';
import type { GroupCount, GroupCounts } from './groups.js';

/** The comparison of labels between groups. */
export interface BiasSignal {
  readonly status: ClauseStatus;
  readonly detail: string;
}

/** The fewest records from which a group is judged. */
const MIN_RECORDS = 30;
/** The four-fifths rule: the least ratio of the lowest rate to the highest. */
const MIN_RATIO = 0.8;
const POSITIVE =
  /^(?:true|yes|y|1|approved|accepted|granted|hired|admitted|selected|positive|pass)$/;

interface Ratio {
  readonly field: string;
  readonly label: string;
  readonly lowest: string;
  readonly highest: string;
  readonly ratio: number;
}

function rateOf({ records, labels }: GroupCount, label: string): number {
  return (labels[label] ?? 0) / records;
}

/** The labels to compare: the favourable ones if they are known, else all. */
function labelsOf(groups: readonly GroupCount[]): readonly string[] {
  const all = [...new Set(groups.flatMap(({ labels }) => Object.keys(labels)))];
  const favourable = all.filter((label) => POSITIVE.test(label));
  return favourable.length > 0 ? favourable : all;
}

function ratiosOf({ field, groups }: GroupCounts): readonly Ratio[] {
  const large = groups.filter(({ records }) => records >= MIN_RECORDS);
  if (large.length < 2) return [];
  return labelsOf(large).flatMap((label) => {
    const rates = large
      .map((group) => ({ group: group.group, rate: rateOf(group, label) }))
      .sort((a, b) => a.rate - b.rate);
    const [first] = rates;
    const last = rates.at(-1);
    if (first === undefined || last === undefined || last.rate === 0) return [];
    return [
      { field, label, lowest: first.group, highest: last.group, ratio: first.rate / last.rate },
    ];
  });
}

/**
 * Compares how often groups carry a label (four-fifths rule). It is a signal to examine, not proof
 * of discrimination. Not assessed without two groups of at least 30 labelled records.
 */
export function biasSignal(fields: readonly GroupCounts[]): BiasSignal {
  const ratios = fields.flatMap(ratiosOf).sort((a, b) => a.ratio - b.ratio);
  const [worst] = ratios;
  if (worst === undefined) {
    const seen =
      fields.length === 0
        ? 'no field for a protected group'
        : `no two labelled groups of ${MIN_RECORDS} records`;
    return { status: 'not_assessed', detail: `${seen} was found` };
  }
  const { field, label, lowest, highest, ratio } = worst;
  const failed = ratio < MIN_RATIO;
  const more = fields.some(({ truncated }) => truncated) ? '; not all groups were counted' : '';
  return {
    status: failed ? 'failed' : 'passed',
    detail:
      `lowest ratio of rates ${ratio.toFixed(3)} (at least ${MIN_RATIO}): ` +
      `${field}, label ${label}, ${lowest} beside ${highest}${more}`,
  };
}
