import { CATEGORY_PREFIX, resolveActionCategory, WILDCARD } from '@spanforge/core-events';
import type { ScopeManifest } from './manifest.js';

/** The actions a manifest grants on a resource: its own entry, else the catch-all. */
export function actionsOn(
  manifest: ScopeManifest,
  resource: string,
): readonly string[] | undefined {
  const grants = manifest.resourceActions;
  if (Object.hasOwn(grants, resource)) return grants[resource];
  return Object.hasOwn(grants, WILDCARD) ? grants[WILDCARD] : undefined;
}

/** Whether a list of granted actions covers one action, by name, by category or by wildcard. */
export function coversAction(granted: readonly string[], action: string): boolean {
  if (granted.includes(action) || granted.includes(WILDCARD)) return true;
  const category = resolveActionCategory(action);
  return category !== null && granted.includes(`${CATEGORY_PREFIX}${category}`);
}
