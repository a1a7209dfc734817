/** The number of objects kept; up to twice as many are, until the older half is dropped. */
const MOST = 1024;

/**
 * Computes a value from an object, and caches it if the object is frozen, since it can then not
 * change. Values that were not used recently are dropped. A `WeakMap` would keep them longer, but
 * costs five times as much, most of it in the garbage collector.
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
