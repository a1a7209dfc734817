import { dottedPath, firstFault, plainCopy } from '@spanforge/core-events';
import { RbacError } from './error.js';
import { MAX_INPUT_BYTES } from './limits.js';
import { namesByName } from './schema.js';

const includes = (...roles: string[]): readonly string[] => Object.freeze(roles);

/** The usual roles, and the roles that each of them includes. */
export const STANDARD_ROLE_MATRIX: Readonly<Record<string, readonly string[]>> = Object.freeze({
  viewer: includes('viewer'),
  editor: includes('viewer', 'editor'),
  admin: includes('viewer', 'editor', 'admin'),
  operator: includes('viewer', 'operator'),
  auditor: includes('viewer', 'auditor'),
  developer: includes('viewer', 'editor', 'developer'),
  deployer: includes('viewer', 'deployer'),
  reviewer: includes('viewer', 'reviewer'),
  service_account: includes('service_account'),
  superadmin: includes('viewer', 'editor', 'admin', 'superadmin'),
});

/** Expands roles by the roles that they include. */
export interface RoleMatrix {
  /** The given roles and all that they include, sorted. A role that the matrix does not name stands for itself. */
  expand(roles: Iterable<string>): readonly string[];
}

function parseMatrix(value: unknown): ReadonlyMap<string, readonly string[]> {
  const invalidError = (
    path: readonly PropertyKey[],
    expectation: string,
    cause?: unknown,
  ): RbacError =>
    new RbacError('RBAC_ROLE_MATRIX_INVALID', `role matrix: ${dottedPath(path)}: ${expectation}`, {
      details: { path: dottedPath(path), expectation },
      cause,
    });
  const copy = plainCopy(value, {
    maxBytes: MAX_INPUT_BYTES,
    onFault: ({ path, expectation }, cause) => invalidError(path, expectation, cause),
  });
  const parsed = namesByName.safeParse(copy);
  if (parsed.success) return new Map(Object.entries(parsed.data));
  const { path, expectation } = firstFault(parsed.error);
  throw invalidError(path, expectation);
}

/** Every role that a role includes. `path` is the way here; a role that occurs in it again is a cycle. */
function reach(
  matrix: ReadonlyMap<string, readonly string[]>,
  role: string,
  path: readonly string[],
  done: Map<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const known = done.get(role);
  if (known) return known;
  if (path.includes(role)) {
    throw new RbacError('RBAC_ROLE_CYCLE', 'role matrix: roles include each other in a cycle', {
      details: { role },
    });
  }
  const reached = new Set([role]);
  for (const included of matrix.get(role) ?? []) {
    if (included === role) continue;
    for (const further of reach(matrix, included, [...path, role], done)) reached.add(further);
  }
  done.set(role, reached);
  return reached;
}

/**
 * Reads a role matrix. Inclusion is transitive; a role that lists itself has no effect.
 *
 * @throws {RbacError} `RBAC_ROLE_MATRIX_INVALID`; `RBAC_ROLE_CYCLE` when two roles include each
 *   other, directly or not.
 */
export function createRoleMatrix(value: unknown): RoleMatrix {
  const matrix = parseMatrix(value);
  const done = new Map<string, ReadonlySet<string>>();
  for (const role of matrix.keys()) reach(matrix, role, [], done);
  const expandNow = (roles: Iterable<string>): readonly string[] => {
    const expanded = new Set<string>();
    for (const role of roles) {
      for (const further of done.get(role) ?? [role]) expanded.add(further);
    }
    return [...expanded].sort();
  };
  // The roles of a registered actor are a frozen list, asked for again with every call.
  const known = new WeakMap<object, readonly string[]>();
  return Object.freeze({
    expand(roles) {
      if (!Array.isArray(roles) || !Object.isFrozen(roles)) return expandNow(roles);
      let expanded = known.get(roles);
      if (expanded === undefined) {
        expanded = Object.freeze(expandNow(roles));
        known.set(roles, expanded);
      }
      return expanded;
    },
  } satisfies RoleMatrix);
}
