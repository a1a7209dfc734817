const MAX_PLACE = 512;
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/**
 * A place as evidence may name it: members that a schema declares by their names, others as `*`,
 * elements of lists as `[]`. A name that nobody declared may be governed text itself.
 */
export function placeOf(path: readonly PropertyKey[], names: ReadonlySet<string>): string {
  let place = '$';
  for (const part of path) {
    if (typeof part === 'number') place += '[]';
    else place += names.has(String(part)) && NAME.test(String(part)) ? `.${String(part)}` : '.*';
    if (place.length > MAX_PLACE) return `${place.slice(0, MAX_PLACE - 1)}…`;
  }
  return place;
}
