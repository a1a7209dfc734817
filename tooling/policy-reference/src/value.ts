/** There is no value. */
export const MISSING: unique symbol = Symbol('missing');
/** There is no saying what the value is. */
export const UNKNOWN: unique symbol = Symbol('unknown');

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !isList(value);
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || isNumber(value);
}

/** One field of its own; what has no fields says nothing about them. */
export function fieldOf(holder: unknown, name: string): unknown {
  if (!isMap(holder)) return UNKNOWN;
  const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
  return value === undefined ? MISSING : value;
}

/** What stands at a dotted path; `undefined` where nothing does. */
export function at(holder: unknown, path: string): unknown {
  const found = path.split('.').reduce<unknown>(fieldOf, holder);
  return typeof found === 'symbol' ? undefined : found;
}
