import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** An agent's manifest as registered, or its removal. */
export const manifestAgentV1 = defineRecordType(
  'spanforge.manifest.agent.v1',
  z.strictObject({
    agent_id: name,
    removed: z.boolean().optional(),
    capabilities: z.array(name).optional(),
    resource_actions: z.record(name, z.array(name)).optional(),
    on_denied: z.enum(['block', 'escalate']).optional(),
    expires_at: z.string().optional(),
    tenant: name.optional(),
    delegated_from: name.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
);

/** The payload of `spanforge.manifest.agent.v1`, with names in camelCase. */
export type ManifestAgentBody = RecordBody<typeof manifestAgentV1>;
