import type { EvidenceRecord } from '@spanforge/core-events';
import { manifestAgentV1 } from '@spanforge/core-events/records';
import { parseManifest, type ScopeManifest } from './manifest.js';

/** The manifests in force, by tenant and agent. */
export interface ManifestRegistry {
  find(tenant: string, agentId: string): ScopeManifest | undefined;
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
    // A payload never speaks for another tenant than its own context.
    return (manifest.tenant ?? record.context.tenant) === record.context.tenant
      ? manifest
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Creates an empty registry. A record that cannot be understood takes its agent's manifest away: to
 * go on with the older one could let through what the newer one took back.
 */
export function createManifestRegistry(): ManifestRegistry {
  const manifests = new Map<string, ScopeManifest>();
  const keyOf = (tenant: string, agentId: string): string => JSON.stringify([tenant, agentId]);
  return {
    find: (tenant, agentId) => manifests.get(keyOf(tenant, agentId)),
    apply(record) {
      const agentId = record.body.agent_id;
      if (typeof agentId !== 'string') {
        throw new TypeError(`record ${record.index} names no agent`);
      }
      const key = keyOf(record.context.tenant, agentId);
      const manifest = readManifest(record);
      if (manifest) manifests.set(key, manifest);
      else manifests.delete(key);
    },
    get size() {
      return manifests.size;
    },
  };
}
