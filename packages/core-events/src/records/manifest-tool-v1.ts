import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** A tool of a server as it describes itself, pinned so that a change is noticed. */
export const manifestToolV1 = defineRecordType(
  'spanforge.manifest.tool.v1',
  z.strictObject({
    /** The name that the operator gave to the server. */
    server: name,
    tool: name,
    /** SHA-256, in hex, over the canonical name, description, schemas and annotations. */
    definition_digest: name,
    /**
     * `first_seen` pins the first definition that was seen; `approved` one that a person approved.
     */
    cause: z.enum(['first_seen', 'approved']),
    approver: name.optional(),
    /**
     * The definition under the digest, as JSON; left out if it is longer than 65,536 characters.
     */
    definition: z.string().max(65_536).optional(),
  }),
);

/** The payload of `spanforge.manifest.tool.v1`, with names in camelCase. */
export type ManifestToolBody = RecordBody<typeof manifestToolV1>;
