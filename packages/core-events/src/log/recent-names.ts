/** A set that forgets the oldest of its names. */
export interface RecentNames {
  has(name: string): boolean;
  add(name: string): void;
}

/** Creates a set of at most `most` names. */
export function createRecentNames(most: number): RecentNames {
  const names = new Set<string>();
  return {
    has: (name) => names.has(name),
    add(name) {
      names.add(name);
      if (names.size <= most) return;
      for (const oldest of names) {
        names.delete(oldest);
        return;
      }
    },
  };
}
