import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** A tool of a server as it describes itself, pinned so that a change is seen. */
export const manifestToolV1 = defineRecordType(
  'spanforge.manifest.tool.v1',
  z.strictObject({
    /** The server, as its operator calls it. */
    server: name,
    tool: name,
    /** SHA-256, in hex, over the canonical name, description, schemas and annotations. */
    definition_digest: name,
    /** `first_seen` pins what was there first; `approved` is a person's word. */
    cause: z.enum(['first_seen', 'approved']),
    approver: name.optional(),
    /** What the digest is over, as JSON; left out where it is longer than 65,536 characters. */
    definition: z.string().max(65_536).optional(),
  }),
);

/** The payload of `spanforge.manifest.tool.v1` in code. */
export type ManifestToolBody = RecordBody<typeof manifestToolV1>;
