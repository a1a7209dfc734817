/** The documented categories of actions; the same table stands in `@spanforge/scope`. */
const CATEGORIES = {
  read: 'read list get describe view query fetch download',
  write: 'write create update delete patch put append insert remove',
  execute: 'execute run invoke trigger call dispatch submit',
  admin: 'admin configure deploy restart scale shutdown grant revoke manage',
  stream: 'stream subscribe publish consume emit broadcast',
};

/** Begins a permission for a whole category of actions. */
export const CATEGORY_PREFIX = 'category:';

const GRANT_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(CATEGORIES).flatMap(([category, actions]) =>
    actions.split(' ').map((action) => [action, `${CATEGORY_PREFIX}${category}`] as const),
  ),
);

const GRANTS: ReadonlySet<string> = new Set(GRANT_OF.values());

/** The permission `category:…` that covers an action, whatever its case; undefined when none does. */
export function categoryGrant(action: string): string | undefined {
  return GRANT_OF.get(action.toLowerCase());
}

/** Whether a name can stand in a permission: anything but a category nobody knows. */
export function isGrant(name: string): boolean {
  return !name.startsWith(CATEGORY_PREFIX) || GRANTS.has(name);
}
