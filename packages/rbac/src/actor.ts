import { dottedPath, firstFault, type InputFault, plainCopy } from '@spanforge/core-events';
import { deepFreeze, isPlainObject } from '@spanforge/core-signing';
import { z } from 'zod';
import { RbacError } from './error.js';
import { MAX_INPUT_BYTES } from './limits.js';
import { name, names, namesByName } from './schema.js';

/** An actor's roles, as registered. Frozen. */
export interface ActorRoles {
  readonly actorId: string;
  readonly roles: readonly string[];
  /** Further roles on single resources; `"*"` means on every resource. */
  readonly resourceRoles: Readonly<Record<string, readonly string[]>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** An actor as a host writes it; a missing member gives no role. */
export type ActorRolesInput = Pick<ActorRoles, 'actorId'> & Partial<ActorRoles>;

const metadata = z.custom<Record<string, unknown>>(isPlainObject, 'expected an object');

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

function invalidError({ path, expectation }: InputFault, cause?: unknown): RbacError {
  const where = dottedPath(path);
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
  const parsed = codeSchema.safeParse(
    plainCopy(value, { maxBytes: MAX_INPUT_BYTES, onFault: invalidError }),
  );
  if (parsed.success) return deepFreeze(parsed.data);
  throw invalidError(firstFault(parsed.error));
}

/**
 * Parses an actor in wire form (snake_case), such as one read from a JSON file.
 *
 * @param onFault Makes the error, for callers that know more about where the value came from.
 * @throws {RbacError} `RBAC_ACTOR_INVALID` with the path of the first fault.
 */
export function parseActorWire(
  value: unknown,
  onFault: (fault: InputFault, cause?: unknown) => RbacError = invalidError,
): ActorRoles {
  const parsed = wireSchema.safeParse(plainCopy(value, { maxBytes: MAX_INPUT_BYTES, onFault }));
  if (!parsed.success) throw onFault(firstFault(parsed.error));
  const { actor_id, resource_roles, ...rest } = parsed.data;
  return deepFreeze({ ...rest, actorId: actor_id, resourceRoles: resource_roles });
}
