import { CATEGORY_PREFIX, WILDCARD } from '@spanforge/core-events';

/** Whether a name is a pattern, which a manifest may grant and a request may not ask for. */
export function isPattern(name: string): boolean {
  return name === WILDCARD || name.startsWith(CATEGORY_PREFIX);
}
