/**
 * Labels as a lattice: a set of words, joined by union.
 *
 * A chain orders some of the words, least first; its first word is the state without a label. A
 * word of a chain carries the words below it, so that a rule about `confidential` also meets what
 * is `secret`. A word that no chain names stands for itself, such as `pii` or `source:web`.
 */
export interface Lattice {
  /** The labels with all they carry, sorted, each once. */
  normalize(labels: Iterable<string>): readonly string[];
  /** The least labels that are at or above all of these. */
  join(...sets: readonly Iterable<string>[]): readonly string[];
  /** Whether relabelling data from `from` to `to` loses no label. */
  flowsTo(from: Iterable<string>, to: Iterable<string>): boolean;
}

/** Integrity and confidentiality, as most deployments need them. */
export const STANDARD_CHAINS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  integrity: Object.freeze(['trusted', 'untrusted']),
  confidentiality: Object.freeze(['public', 'internal', 'confidential', 'secret']),
});

/**
 * Creates a lattice from chains.
 *
 * @throws {TypeError} when a word stands in two chains, or twice in one.
 */
export function createLattice(
  chains: Readonly<Record<string, readonly string[]>> = STANDARD_CHAINS,
): Lattice {
  const carried = carriedBy(chains);
  const close = (sets: readonly Iterable<string>[]): Set<string> => {
    const closed = new Set<string>();
    for (const labels of sets) {
      for (const label of labels) for (const one of carried.get(label) ?? [label]) closed.add(one);
    }
    return closed;
  };
  return Object.freeze({
    normalize: (labels: Iterable<string>) => [...close([labels])].sort(),
    join: (...sets: readonly Iterable<string>[]) => [...close(sets)].sort(),
    flowsTo(from: Iterable<string>, to: Iterable<string>) {
      const allowed = close([to]);
      for (const label of close([from])) if (!allowed.has(label)) return false;
      return true;
    },
  });
}

/** What each word of a chain carries: itself and those below it, without the first. */
function carriedBy(
  chains: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, readonly string[]> {
  const carried = new Map<string, readonly string[]>();
  for (const [name, words] of Object.entries(chains)) {
    for (const [position, word] of words.entries()) {
      if (carried.has(word)) throw new TypeError(`the label "${word}" of chain "${name}" is taken`);
      carried.set(word, words.slice(1, position + 1));
    }
  }
  return carried;
}
