/**
 * Computes a value of an object, and remembers it where the object is frozen: only then can it not
 * have become another since.
 */
export function frozenMemo<Key extends object, Value>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  const known = new WeakMap<Key, Value>();
  return (key) => {
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const made = make(key);
    if (Object.isFrozen(key)) known.set(key, made);
    return made;
  };
}
