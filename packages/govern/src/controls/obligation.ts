/** True for a non-empty text of at most `max` characters. */
export function isText(value: unknown, max: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= max;
}

/** An empty list of types would mask nothing, so it is refused. */
function isTypes(value: unknown): boolean {
  if (value === undefined) return true;
  return Array.isArray(value) && value.length > 0 && value.every((type) => isText(type, 512));
}

/** True for an obligation as controls may give it. */
export function isObligation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, text, target, path, mask, types } = value as Record<string, unknown>;
  if (kind === 'notice') return typeof text === 'string';
  if (kind !== 'redact' || typeof path !== 'string' || !isTypes(types)) return false;
  const masked = mask === undefined || typeof mask === 'string';
  return masked && (target === 'args' || target === 'result');
}
