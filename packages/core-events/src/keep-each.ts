/** Names kept; with one more, all are forgotten. */
const MOST = 1024;

/**
 * Computes a text from a name once. It is for names that come again and again: an equal text is then one and
 * the same string, which need not be put together, hashed and compared anew.
 */
export function keepEach(make: (name: string) => string): (name: string) => string {
  const kept = new Map<string, string>();
  return (name) => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    const text = make(name);
    if (kept.size >= MOST) kept.clear();
    kept.set(name, text);
    return text;
  };
}
