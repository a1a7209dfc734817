/** Findings of one type. */
export interface TypeCount {
  readonly family: 'pii' | 'secret';
  readonly type: string;
  readonly count: number;
  /** The highest among them, 0 to 1. */
  readonly confidence: number;
  readonly alwaysBlocking: boolean;
}

/** A finding, as far as it is counted. */
type CountedFinding = Omit<TypeCount, 'count'>;

/** Findings by type; their texts are not kept. */
export interface FindingTally {
  add(findings: readonly CountedFinding[]): void;
  /** The most frequent type first. */
  counts(): readonly TypeCount[];
}

/** Creates the tally, empty. */
export function createFindingTally(): FindingTally {
  const found = new Map<string, { -readonly [Name in keyof TypeCount]: TypeCount[Name] }>();
  return {
    add(findings) {
      for (const { type, family, confidence, alwaysBlocking } of findings) {
        const there = found.get(type);
        if (there === undefined)
          found.set(type, { family, type, count: 1, confidence, alwaysBlocking });
        else {
          there.count += 1;
          there.confidence = Math.max(there.confidence, confidence);
        }
      }
    },
    counts: () =>
      [...found.values()].sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1)),
  };
}
