import { detectFields, type FieldFinding, redact } from '@spanforge/detect';

type Path = readonly (string | number)[];

const keyOf = (path: Path): string => JSON.stringify(path);

const MASKED_MEMBER = '[redacted]';

function rebuild(value: unknown, path: Path, found: ReadonlyMap<string, FieldFinding[]>): unknown {
  if (Array.isArray(value)) return value.map((item, at) => rebuild(item, [...path, at], found));
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => {
      const own = found.get(keyOf([...path, name])) ?? [];
      // If the name itself is a finding, its value is masked too.
      const inName = own.some(({ within }) => within === 'name');
      return inName
        ? [MASKED_MEMBER, MASKED_MEMBER]
        : [name, rebuild(member, [...path, name], found)];
    });
    return Object.fromEntries(members);
  }
  const own = found.get(keyOf(path)) ?? [];
  return own.length === 0 ? value : redact(String(value), own);
}

/** Masks everything the detectors find in a JSON value, personal data and secrets alike. */
export function maskDetected(value: unknown): unknown {
  const found = new Map<string, FieldFinding[]>();
  for (const finding of detectFields(value)) {
    const key = keyOf(finding.path);
    found.set(key, [...(found.get(key) ?? []), finding]);
  }
  return rebuild(value, [], found);
}
