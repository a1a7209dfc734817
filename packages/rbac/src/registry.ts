import type { EvidenceRecord } from '@spanforge/core-events';
import { manifestActorV1 } from '@spanforge/core-events/records';
import { type ActorRoles, parseActor } from './actor.js';

/** The actors in force, by tenant and id. */
export interface ActorRegistry {
  find(tenant: string, actorId: string): ActorRoles | undefined;
  /** Every actor of a tenant, in order of registration. */
  list(tenant: string): readonly ActorRoles[];
  /** Applies one `spanforge.manifest.actor.v1` record. */
  apply(record: EvidenceRecord): void;
  readonly size: number;
}

/** The schema key of the records a registry is made of. */
export const ACTOR_TYPE = manifestActorV1.key;

function readActor(record: EvidenceRecord): ActorRoles | undefined {
  try {
    const { removed, verifiedBy: _, ...body } = manifestActorV1.fromWire(record.body);
    return removed ? undefined : parseActor(body);
  } catch {
    return undefined;
  }
}

/**
 * Creates an empty registry. A record that cannot be understood removes its actor's roles, because the
 * older roles could grant what the newer ones had revoked.
 */
export function createActorRegistry(): ActorRegistry {
  const tenants = new Map<string, Map<string, ActorRoles>>();
  const actorsOf = (tenant: string): Map<string, ActorRoles> => {
    const actors = tenants.get(tenant) ?? new Map<string, ActorRoles>();
    tenants.set(tenant, actors);
    return actors;
  };
  return {
    find: (tenant, actorId) => tenants.get(tenant)?.get(actorId),
    list: (tenant) => [...(tenants.get(tenant)?.values() ?? [])],
    apply(record) {
      const actorId = record.body.actor_id;
      if (typeof actorId !== 'string') throw new TypeError(`record ${record.index} names no actor`);
      const actor = readActor(record);
      const actors = actorsOf(record.context.tenant);
      if (actor) actors.set(actorId, actor);
      else actors.delete(actorId);
    },
    get size() {
      let size = 0;
      for (const actors of tenants.values()) size += actors.size;
      return size;
    },
  };
}
