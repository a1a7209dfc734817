import { CATEGORY_PREFIX, WILDCARD } from '@spanforge/core-events';
import { actionsOn, coversAction } from './grants.js';
import type { ScopeManifest } from './manifest.js';

/** Longest chain of manifests, each delegated from the next. */
export const MAX_DELEGATION_DEPTH = 8;

/** An agent's manifest and those it was delegated from, nearest first. */
export interface ManifestChain {
  readonly manifests: readonly ScopeManifest[];
  /** True when a parent is missing, or the chain has a cycle or is too long. */
  readonly broken: boolean;
}

/** Follows `delegatedFrom` from an agent to the end. Empty when the agent has no manifest. */
export function resolveChain(
  find: (agentId: string) => ScopeManifest | undefined,
  agentId: string,
): ManifestChain {
  const manifests: ScopeManifest[] = [];
  let next: string | undefined = agentId;
  while (next !== undefined) {
    const manifest = find(next);
    if (manifest === undefined) return { manifests, broken: manifests.length > 0 };
    if (manifests.length === MAX_DELEGATION_DEPTH) return { manifests, broken: true };
    manifests.push(manifest);
    next = manifest.delegatedFrom;
  }
  return { manifests, broken: false };
}

/** Whether the parent's list covers everything one entry of the child's stands for. */
export function coversGrant(parent: readonly string[] | undefined, grant: string): boolean {
  if (parent === undefined) return false;
  if (parent.includes(WILDCARD)) return true;
  if (grant === WILDCARD) return false;
  // A category also covers its actions in upper case, which no list of names does.
  return grant.startsWith(CATEGORY_PREFIX) ? parent.includes(grant) : coversAction(parent, grant);
}

/** The parent's lists that must cover the child's entry for a resource. */
function parentLists(
  child: ScopeManifest,
  parent: ScopeManifest,
  resource: string,
): readonly (readonly string[] | undefined)[] {
  if (resource !== WILDCARD) return [actionsOn(parent, resource)];
  // The catch-all also covers resources that only the parent names.
  const named = Object.keys(parent.resourceActions).filter(
    (name) => name !== WILDCARD && !Object.hasOwn(child.resourceActions, name),
  );
  return [WILDCARD, ...named].map((name) => actionsOn(parent, name));
}

/**
 * Where a child reaches further than its parent, as a path into the child's manifest; undefined
 * when it only narrows.
 */
export function findWidening(child: ScopeManifest, parent: ScopeManifest): string | undefined {
  if (child.onDenied === 'escalate' && parent.onDenied === 'block') return '$.onDenied';
  if (parent.expiresAt !== undefined) {
    const childEnds = child.expiresAt === undefined ? Infinity : Date.parse(child.expiresAt);
    if (childEnds > Date.parse(parent.expiresAt)) return '$.expiresAt';
  }
  const capability = child.capabilities.findIndex((item) => !parent.capabilities.includes(item));
  if (capability >= 0) return `$.capabilities.${capability}`;
  for (const [resource, grants] of Object.entries(child.resourceActions)) {
    const lists = parentLists(child, parent, resource);
    const wider = grants.findIndex((grant) => lists.some((list) => !coversGrant(list, grant)));
    if (wider >= 0) return `$.resourceActions.${resource.slice(0, 64)}.${wider}`;
  }
  return undefined;
}
