import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** An actor's roles as registered, or their removal. */
export const manifestActorV1 = defineRecordType(
  'spanforge.manifest.actor.v1',
  z.strictObject({
    actor_id: name,
    removed: z.boolean().optional(),
    roles: z.array(name).optional(),
    resource_roles: z.record(name, z.array(name)).optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    /** How the registration was verified. */
    verified_by: z.enum(['host', 'jwt', 'unsafe-none']).optional(),
  }),
);

/** The payload of `spanforge.manifest.actor.v1`, with names in camelCase. */
export type ManifestActorBody = RecordBody<typeof manifestActorV1>;
