import { dottedPath, firstFault, plainCopy, WILDCARD } from '@spanforge/core-events';
import { deepFreeze } from '@spanforge/core-signing';
import { z } from 'zod';
import { categoryGrant, isGrant } from './action-categories.js';
import { RbacError } from './error.js';
import { MAX_INPUT_BYTES } from './limits.js';
import { name, namesByName } from './schema.js';

/**
 * Actions by resource by role. As a resource, `"*"` stands for every resource the role does not
 * name; as an action, for every action. `category:read` and the like stand for the actions of a
 * category, in upper and lower case.
 */
export type Permissions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const permissionsSchema = z.record(
  name,
  namesByName.refine(
    (byResource) => Object.values(byResource).flat().every(isGrant),
    'expected actions, "*" or "category:" and one of the five categories',
  ),
);

/**
 * Reads a permission matrix into a frozen copy.
 *
 * @throws {RbacError} `RBAC_PERMISSIONS_INVALID` with the path of the first fault.
 */
export function parsePermissions(value: unknown): Permissions {
  const invalidError = (
    path: readonly PropertyKey[],
    expectation: string,
    cause?: unknown,
  ): RbacError =>
    new RbacError('RBAC_PERMISSIONS_INVALID', `permissions: ${dottedPath(path)}: ${expectation}`, {
      details: { path: dottedPath(path), expectation },
      cause,
    });
  const copy = plainCopy(value, {
    maxBytes: MAX_INPUT_BYTES,
    onFault: ({ path, expectation }, cause) => invalidError(path, expectation, cause),
  });
  const parsed = permissionsSchema.safeParse(copy);
  if (parsed.success) return deepFreeze(parsed.data);
  const { path, expectation } = firstFault(parsed.error);
  throw invalidError(path, expectation);
}

/** The actions a role has on a resource: its own entry, else the catch-all. */
export function actionsOf(
  permissions: Permissions,
  role: string,
  resource: string,
): readonly string[] {
  const byResource = Object.hasOwn(permissions, role) ? permissions[role] : undefined;
  if (byResource === undefined) return [];
  if (Object.hasOwn(byResource, resource)) return byResource[resource] ?? [];
  return Object.hasOwn(byResource, WILDCARD) ? (byResource[WILDCARD] ?? []) : [];
}

/** Whether one of the roles may do this. */
export function permits(
  permissions: Permissions,
  roles: readonly string[],
  resource: string,
  action: string,
): boolean {
  const category = categoryGrant(action);
  return roles.some((role) => {
    const actions = actionsOf(permissions, role, resource);
    return (
      actions.includes(action) ||
      actions.includes(WILDCARD) ||
      (category !== undefined && actions.includes(category))
    );
  });
}
