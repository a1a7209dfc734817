import { ACTION_CATEGORIES, CATEGORY_PREFIX, resolveActionCategory } from '@spanforge/core-events';

/** The permission `category:…` that covers an action, whatever its case; undefined when none does. */
export function categoryGrant(action: string): string | undefined {
  const category = resolveActionCategory(action);
  return category === null ? undefined : `${CATEGORY_PREFIX}${category}`;
}

/** Whether a name can stand in a permission: anything but a category nobody knows. */
export function isGrant(name: string): boolean {
  if (!name.startsWith(CATEGORY_PREFIX)) return true;
  return Object.hasOwn(ACTION_CATEGORIES, name.slice(CATEGORY_PREFIX.length));
}
