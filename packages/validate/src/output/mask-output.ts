import { type FieldFinding, redact } from '@spanforge/detect';

type Members = Map<string, FieldFinding[]>;

const keyOf = (path: readonly (string | number)[]): string => JSON.stringify(path);

function byPlace(findings: readonly FieldFinding[], within: FieldFinding['within']): Members {
  const places: Members = new Map();
  for (const finding of findings) {
    if (finding.within !== within) continue;
    const place = keyOf(finding.path);
    const there = places.get(place);
    if (there) there.push(finding);
    else places.set(place, [finding]);
  }
  return places;
}

/** A copy of plain JSON data with all findings masked, in names too. */
export function maskOutput(value: unknown, findings: readonly FieldFinding[]): unknown {
  const values = byPlace(findings, 'value');
  const names = byPlace(findings, 'name');
  const copy = (inner: unknown, path: readonly (string | number)[]): unknown => {
    if (Array.isArray(inner)) return inner.map((item, at) => copy(item, [...path, at]));
    if (typeof inner === 'object' && inner !== null) {
      // Findings in names count offsets in each name: only a name that is found whole is masked.
      const hasNames = names.has(keyOf(path));
      return Object.fromEntries(
        Object.entries(inner).map(([name, member], at) => [
          hasNames ? `[redacted:name]_${at}` : name,
          copy(member, [...path, name]),
        ]),
      );
    }
    const found = values.get(keyOf(path));
    return found === undefined ? inner : redact(String(inner), found);
  };
  return copy(value, []);
}
