const MAX_PLACE = 512;
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/**
 * A path for evidence: members that a schema declares have their names, others are `*`, elements of
 * lists are `[]`. An undeclared name may itself be governed text.
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
