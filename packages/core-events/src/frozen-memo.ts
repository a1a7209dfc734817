/** Objects remembered; up to twice as many are, until the older half is forgotten at once. */
const MOST = 1024;

/**
 * Computes a value of an object, and remembers it where the object is frozen: only then can it not
 * have become another since. What was not asked for of late is forgotten. A `WeakMap` would remember
 * longer, and costs five times as much, most of it in the garbage collector.
 */
export function frozenMemo<Key extends object, Value>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  let recent = new Map<Key, Value>();
  let older = new Map<Key, Value>();
  const remember = (key: Key, value: Value): void => {
    if (recent.size >= MOST) [older, recent] = [recent, new Map()];
    recent.set(key, value);
  };
  return (key) => {
    const known = recent.get(key);
    if (known !== undefined) return known;
    const value = older.get(key) ?? make(key);
    if (Object.isFrozen(key)) remember(key, value);
    return value;
  };
}
