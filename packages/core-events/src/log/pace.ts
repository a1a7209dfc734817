/** Fewer groups than these are not split: a commit for each half would cost more than it brings. */
const MANY = 48;
/** What is left, after each commit, of the memory of how many groups were under way together. */
const FADING = 0.95;

/**
 * Says when to hand the store a batch, so that the calling thread and the store work at the same time. Callers who are
 * answered together come back together: then one thread waits for the other. In halves they do not.
 */
export interface Pace {
  /** A batch of so many groups is handed to the store. */
  begin(groups: number): void;
  /** The store has answered for it, or failed. */
  end(groups: number): void;
  /** How many groups of an answered batch to tell at first; the others a moment later. */
  firstToTell(groups: number, waiting: number): number;
  /** Whether the store has nothing to do, and enough groups wait for it. */
  isEnough(waiting: number): boolean;
  /** Whether the store takes another batch. */
  isOpen(): boolean;
}

/** @param maxInFlight Batches handed to the store before the first has answered. */
export function createPace(maxInFlight: number): Pace {
  let inFlight = 0;
  let underWay = 0;
  /** The most groups that were under way together, not long ago. */
  let peak = 0;
  return {
    begin(groups) {
      inFlight += 1;
      underWay += groups;
      peak = Math.max(underWay, peak * FADING);
    },
    end(groups) {
      inFlight -= 1;
      underWay -= groups;
    },
    firstToTell: (groups, waiting) =>
      groups >= MANY && inFlight === 0 && waiting === 0 ? groups >> 1 : groups,
    isEnough: (waiting) => inFlight === 0 && waiting >= Math.max(MANY, peak) / 2,
    isOpen: () => inFlight < maxInFlight,
  };
}
