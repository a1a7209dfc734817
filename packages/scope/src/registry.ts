import type { EvidenceRecord } from '@spanforge/core-events';
import { manifestAgentV1 } from '@spanforge/core-events/records';
import { parseManifest, type ScopeManifest } from './manifest.js';

/** The manifests in force, by tenant and agent. */
export interface ManifestRegistry {
  find(tenant: string, agentId: string): ScopeManifest | undefined;
  /** Every manifest of a tenant, in order of registration. */
  list(tenant: string): readonly ScopeManifest[];
  /** Applies one `spanforge.manifest.agent.v1` record. */
  apply(record: EvidenceRecord): void;
  readonly size: number;
}

/** The schema key of the records a registry is made of. */
export const MANIFEST_TYPE = manifestAgentV1.key;

function readManifest(record: EvidenceRecord): ScopeManifest | undefined {
  try {
    const { removed, ...body } = manifestAgentV1.fromWire(record.body);
    if (removed) return undefined;
    const manifest = parseManifest(body);
    // A payload never counts for a tenant other than that of its own context.
    return (manifest.tenant ?? record.context.tenant) === record.context.tenant
      ? manifest
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Creates an empty registry. A record that cannot be understood removes its agent's manifest, because
 * the older manifest could grant what the newer one had revoked.
 */
export function createManifestRegistry(): ManifestRegistry {
  const tenants = new Map<string, Map<string, ScopeManifest>>();
  const manifestsOf = (tenant: string): Map<string, ScopeManifest> => {
    const manifests = tenants.get(tenant) ?? new Map<string, ScopeManifest>();
    tenants.set(tenant, manifests);
    return manifests;
  };
  return {
    find: (tenant, agentId) => tenants.get(tenant)?.get(agentId),
    list: (tenant) => [...(tenants.get(tenant)?.values() ?? [])],
    apply(record) {
      const agentId = record.body.agent_id;
      if (typeof agentId !== 'string') {
        throw new TypeError(`record ${record.index} names no agent`);
      }
      const manifest = readManifest(record);
      const manifests = manifestsOf(record.context.tenant);
      if (manifest) manifests.set(agentId, manifest);
      else manifests.delete(agentId);
    },
    get size() {
      let size = 0;
      for (const manifests of tenants.values()) size += manifests.size;
      return size;
    },
  };
}
