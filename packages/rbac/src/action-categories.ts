import { ACTION_CATEGORIES, CATEGORY_PREFIX, resolveActionCategory } from '@spanforge/core-events';

/** The permission `category:…` that covers an action, in upper or lower case; undefined when none does. */
export function categoryGrant(action: string): string | undefined {
  const category = resolveActionCategory(action);
  return category === null ? undefined : `${CATEGORY_PREFIX}${category}`;
}

/** Whether a name may be used in a permission: any name but an unknown category. */
export function isGrant(name: string): boolean {
  if (!name.startsWith(CATEGORY_PREFIX)) return true;
  return Object.hasOwn(ACTION_CATEGORIES, name.slice(CATEGORY_PREFIX.length));
}
