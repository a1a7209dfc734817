import { WILDCARD } from '@spanforge/core-events';
import type { ActorRoles } from './actor.js';
import { effectiveRoles, type RbacRules } from './decide.js';
import { actionsOf, permits } from './permissions.js';

/** One thing an actor may do, and the role it comes from. */
export interface Grant {
  /** `"*"`: every resource that is in no other grant of this list. */
  readonly resource: string;
  /** A name, `"*"`, or `category:…`. */
  readonly action: string;
  readonly role: string;
}

/** What an actor may do by the permission matrix; empty without one. */
export function grantsOf(rules: RbacRules, actor: ActorRoles): readonly Grant[] {
  const { permissions = {}, roleMatrix } = rules;
  const named = Object.values(permissions).flatMap((byResource) => Object.keys(byResource));
  const resources = new Set([...named, ...Object.keys(actor.resourceRoles), WILDCARD]);
  return [...resources]
    .sort()
    .flatMap((resource) =>
      effectiveRoles(roleMatrix, actor, resource).flatMap((role) =>
        actionsOf(permissions, role, resource).map((action) => ({ resource, action, role })),
      ),
    );
}

/** Which of these actors may do something to a resource, by the permission matrix. */
export function actorsFor(
  rules: RbacRules,
  actors: readonly ActorRoles[],
  { resource, action }: { readonly resource: string; readonly action: string },
): readonly string[] {
  const { permissions = {}, roleMatrix } = rules;
  return actors
    .filter((actor) =>
      permits(permissions, effectiveRoles(roleMatrix, actor, resource), resource, action),
    )
    .map(({ actorId }) => actorId)
    .sort();
}
