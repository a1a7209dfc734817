import { z } from 'zod';
import { RbacError } from './error.js';
import { deepFreeze, type Fault, faultOf, formatPath, plainCopy } from './plain-copy.js';
import { name, names, namesByName } from './schema.js';

/** An actor's roles, as registered. Frozen. */
export interface ActorRoles {
  readonly actorId: string;
  readonly roles: readonly string[];
  /** Further roles on single resources; `"*"` means on every resource. */
  readonly resourceRoles: Readonly<Record<string, readonly string[]>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** An actor as a host writes it: what is left out gives no role. */
export type ActorRolesInput = Pick<ActorRoles, 'actorId'> & Partial<ActorRoles>;

const metadata = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);

/** The actor in code. */
const codeSchema = z.strictObject({
  actorId: name,
  roles: names.default([]),
  resourceRoles: namesByName.default({}),
  metadata: metadata.default({}),
});

/** The actor on the wire and in files: the same, in snake_case. */
const wireSchema = z.strictObject({
  actor_id: name,
  roles: names.default([]),
  resource_roles: namesByName.default({}),
  metadata: metadata.default({}),
});

function refuse({ path, expectation }: Fault, cause?: unknown): RbacError {
  const where = formatPath(path);
  return new RbacError('RBAC_ACTOR_INVALID', `actor: ${where}: ${expectation}`, {
    details: { path: where, expectation },
    cause,
  });
}

/**
 * Parses an actor written in code (camelCase) into a frozen copy.
 *
 * Strict: unknown keys, duplicates, `__proto__`, empty or invisible names and anything over 32 KiB
 * are refused.
 *
 * @throws {RbacError} `RBAC_ACTOR_INVALID` with the path of the first fault.
 */
export function parseActor(value: unknown): ActorRoles {
  const parsed = codeSchema.safeParse(plainCopy(value, refuse));
  if (parsed.success) return deepFreeze(parsed.data);
  throw refuse(faultOf(parsed.error));
}

/**
 * Parses an actor in wire form (snake_case), such as one read from a JSON file.
 *
 * @param onFault Makes the error, for callers that know more about where the value came from.
 * @throws {RbacError} `RBAC_ACTOR_INVALID` with the path of the first fault.
 */
export function parseActorWire(
  value: unknown,
  onFault: (fault: Fault, cause?: unknown) => RbacError = refuse,
): ActorRoles {
  const parsed = wireSchema.safeParse(plainCopy(value, onFault));
  if (!parsed.success) throw onFault(faultOf(parsed.error));
  const { actor_id, resource_roles, ...rest } = parsed.data;
  return deepFreeze({ ...rest, actorId: actor_id, resourceRoles: resource_roles });
}
