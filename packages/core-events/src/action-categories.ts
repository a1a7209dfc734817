const category = <const Actions extends readonly string[]>(...actions: Actions): Actions =>
  Object.freeze(actions);

/** The five categories and the actions that belong to each. */
export const ACTION_CATEGORIES = Object.freeze({
  read: category('read', 'list', 'get', 'describe', 'view', 'query', 'fetch', 'download'),
  write: category(
    'write',
    'create',
    'update',
    'delete',
    'patch',
    'put',
    'append',
    'insert',
    'remove',
  ),
  execute: category('execute', 'run', 'invoke', 'trigger', 'call', 'dispatch', 'submit'),
  admin: category(
    'admin',
    'configure',
    'deploy',
    'restart',
    'scale',
    'shutdown',
    'grant',
    'revoke',
    'manage',
  ),
  stream: category('stream', 'subscribe', 'publish', 'consume', 'emit', 'broadcast'),
});

/** The name of a category of actions. */
export type ActionCategory = keyof typeof ACTION_CATEGORIES;

const CATEGORY_OF: ReadonlyMap<string, ActionCategory> = new Map(
  Object.entries(ACTION_CATEGORIES).flatMap(([name, actions]) =>
    actions.map((action) => [action, name as ActionCategory] as const),
  ),
);

/** The category of an action, ignoring case; null if it belongs to none. */
export function resolveActionCategory(action: string): ActionCategory | null {
  return CATEGORY_OF.get(action.toLowerCase()) ?? null;
}
