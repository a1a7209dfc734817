import { WILDCARD } from '@spanforge/core-events';
import { decide, type ScopeRequest } from './decide.js';
import { coversGrant, resolveChain } from './delegation.js';
import { actionsOn } from './grants.js';
import type { ManifestRegistry } from './registry.js';

/** The actions an agent has on a resource. */
export interface ScopeGrant {
  /** `"*"`: every resource that is in no other grant of this list. */
  readonly resource: string;
  /** Names of actions, `"*"`, or `category:…`; empty where `"*"` would grant what this one does not. */
  readonly actions: readonly string[];
}

/** The manifests of one tenant. */
export interface TenantManifests {
  readonly registry: ManifestRegistry;
  readonly tenant: string;
}

const chainOf = ({ registry, tenant }: TenantManifests, agentId: string) =>
  resolveChain((id) => registry.find(tenant, id), agentId);

/** The entries of both lists that the other covers: what both grant, and nothing that one does not. */
function meet(a: readonly string[], b: readonly string[]): readonly string[] {
  const both = [
    ...a.filter((one) => coversGrant(b, one)),
    ...b.filter((one) => coversGrant(a, one)),
  ];
  return [...new Set(both)].sort();
}

/** What an agent may do, by every manifest of its delegation. */
export function grantsOf(
  where: TenantManifests,
  agentId: string,
  nowMs: number,
): readonly ScopeGrant[] {
  const chain = chainOf(where, agentId);
  const { manifests, broken } = chain;
  const over = manifests.some(({ expiresAt }) => expiresAt && !(nowMs < Date.parse(expiresAt)));
  if (broken || over) return [];
  const named = manifests.flatMap(({ resourceActions }) => Object.keys(resourceActions));
  return [...new Set([...named, WILDCARD])].sort().flatMap((resource) => {
    const lists = manifests.map((manifest) => actionsOn(manifest, resource) ?? []);
    const actions = lists.length === 0 ? [] : lists.reduce(meet);
    // A resource that grants nothing is a line too where "*" would grant something.
    return actions.length === 0 && resource === WILDCARD ? [] : [{ resource, actions }];
  });
}

/** The agents that would be granted a request, sorted. */
export function agentsFor(
  where: TenantManifests,
  request: Pick<ScopeRequest, 'resource' | 'action' | 'capability'>,
  nowMs: number,
): readonly string[] {
  return where.registry
    .list(where.tenant)
    .map(({ agentId }) => agentId)
    .filter((agentId) => {
      const facts = { circuitOpen: false, chain: chainOf(where, agentId), nowMs };
      return decide(facts, { ...request, agentId }).granted;
    })
    .sort();
}
