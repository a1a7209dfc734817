import type { PolicyBundle, PolicyRule } from '@spanforge/policy';
import type { ScopeManifest } from '@spanforge/scope';
import type { RolesFile } from '../files/read-roles.js';

/** The caller and the place of its calls. */
export interface Caller {
  readonly agent: string;
  readonly actor: string;
  readonly environment: string;
}

function isMeant(patterns: readonly string[] | undefined, name: string): boolean {
  if (patterns === undefined) return true;
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  );
}

/** True for a rule that blocks every call of a tool, whatever its arguments. */
function blocksAlways(rule: PolicyRule, tool: string, caller: Caller): boolean {
  const { target, action, enabled, when, threshold, shadowUntil, service, control } = rule;
  const plain = when === undefined && threshold === undefined && shadowUntil === undefined;
  const asked = service === 'sf_govern' && control === 'tool_call';
  if (!plain || !asked || !enabled || action !== 'block' || target.roles !== undefined)
    return false;
  return (
    isMeant(target.tools, tool) &&
    isMeant(target.resources, tool) &&
    isMeant(target.agents, caller.agent) &&
    isMeant(target.actors, caller.actor) &&
    isMeant(target.environments, caller.environment)
  );
}

/** True where nothing but a default that blocks is ever said about a call of a tool. */
function isLeftToBlock({ default: fallback, rules }: PolicyBundle, tool: string): boolean {
  if (fallback !== 'block') return false;
  return !rules.some(
    ({ enabled, service, control, action, target }) =>
      enabled &&
      service === 'sf_govern' &&
      control === 'tool_call' &&
      action !== 'block' &&
      isMeant(target.tools, tool),
  );
}

/** The controls of a proxy beside its policy: they too decide what a caller may use. */
export interface Granting {
  readonly manifest?: ScopeManifest | undefined;
  readonly roles?: RolesFile | undefined;
}

/** True where actions by resource, with `"*"` for those not named, have some for a tool. */
function grants(granted: Readonly<Record<string, readonly string[]>>, tool: string): boolean {
  const actions = Object.hasOwn(granted, tool) ? granted[tool] : granted['*'];
  return actions !== undefined && actions.length > 0;
}

/** True if a role of the actor may do something with the tool; others may have roles on record. */
function isPermitted({ permissions, actors }: RolesFile, actor: string, tool: string): boolean {
  const given = actors.find(({ actorId }) => actorId === actor);
  if (given === undefined) return true;
  const roles = [...given.roles, ...Object.values(given.resourceRoles).flat()];
  return roles.some(
    (role) => Object.hasOwn(permissions, role) && grants(permissions[role] ?? {}, tool),
  );
}

/**
 * True unless every call of the tool would be refused, as far as this can be known without a call.
 * It only affects which tools are listed; each call is decided when it is made.
 */
export function mayBeCalled(
  tool: string,
  caller: Caller,
  bundle: PolicyBundle | undefined,
  { manifest, roles }: Granting,
): boolean {
  if (manifest !== undefined && !grants(manifest.resourceActions, tool)) return false;
  if (roles !== undefined && !isPermitted(roles, caller.actor, tool)) return false;
  if (bundle === undefined) return true;
  if (isLeftToBlock(bundle, tool)) return false;
  if (bundle.strategy !== 'strictest') return true;
  return !bundle.rules.some((rule) => blocksAlways(rule, tool, caller));
}
