/**
 * Makes a value smaller for as long as it keeps what is asked of it: takes members and items away,
 * deepest last, until none can go or so many tries were made.
 */
export function shrink<T>(value: T, keeps: (smaller: T) => boolean, maxTries = 20_000): T {
  let smallest = value;
  let tries = 0;
  let found = true;
  while (found) {
    found = false;
    for (const smaller of withoutOne(smallest)) {
      tries += 1;
      if (tries > maxTries) return smallest;
      if (!keeps(smaller as T)) continue;
      smallest = smaller as T;
      found = true;
      break;
    }
  }
  return smallest;
}

/** Every value that has one member or item less, somewhere. */
function* withoutOne(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const index of value.keys()) yield value.toSpliced(index, 1);
    for (const [index, item] of value.entries()) {
      for (const smaller of withoutOne(item)) yield value.with(index, smaller);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const entries = Object.entries(value);
  for (const [key] of entries) {
    yield Object.fromEntries(entries.filter(([other]) => other !== key));
  }
  for (const [key, member] of entries) {
    for (const smaller of withoutOne(member)) yield { ...value, [key]: smaller };
  }
}
