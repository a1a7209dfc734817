/** Types of the newest records, as this process wrote or read them itself. */
export interface OwnTypes {
  /** Adds a record's type, and forgets records that are too old. */
  note(index: number, type: string): void;
  /** The first index from `at` on that is unknown or of one of the types; at most `to`. */
  skip(at: number, to: number, types: ReadonlySet<string>): number;
  /** The first known index after `at`; at most `to`. */
  nextKnown(at: number, to: number): number;
}

/** Records remembered. */
const WINDOW = 65_536;

/**
 * Remembers the types of the newest records, so that a projection need not read what this process has
 * appended itself. The store's index is not used.
 */
export function createOwnTypes(): OwnTypes {
  const indexes: number[] = [];
  const types: string[] = [];
  const known = (index: number): string | undefined =>
    indexes[index % WINDOW] === index ? types[index % WINDOW] : undefined;
  return {
    note(index, type) {
      indexes[index % WINDOW] = index;
      types[index % WINDOW] = type;
    },
    skip(at, to, wanted) {
      for (let next = at; next < to; next += 1) {
        const type = known(next);
        if (type === undefined || wanted.has(type)) return next;
      }
      return to;
    },
    nextKnown(at, to) {
      for (let next = at + 1; next < to; next += 1) if (known(next) !== undefined) return next;
      return to;
    },
  };
}
