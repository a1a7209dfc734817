import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/**
 * A step in the lifecycle of a bundle. `bundle` is the bundle as written, so that the log can
 * restore it; `signatures` are those of a DSSE envelope over exactly these bytes.
 */
export const policyLifecycleV1 = defineRecordType(
  'spanforge.policy.lifecycle.v1',
  z.strictObject({
    step: z.enum(['loaded', 'activated', 'deactivated', 'promoted', 'rolled_back', 'refused']),
    policy_id: name,
    version: name,
    environment: name,
    /**
     * The application whose bundle it is, if one of the environment has its own, such as an MCP
     * server.
     */
    application: name.optional(),
    /**
     * Default `enforce`; a bundle in `shadow` decides beside the active one and changes nothing.
     */
    stage: z.enum(['shadow', 'enforce']).optional(),
    digest: z.string().optional(),
    effective_at: z.string().optional(),
    previous_digest: z.string().optional(),
    /** For a promotion: the environment from which the bundle came, and its digest there. */
    source_environment: name.optional(),
    source_digest: z.string().optional(),
    /** For a refusal: the step that was attempted. */
    attempt: name.optional(),
    reason: z.string().optional(),
    reason_code: name.optional(),
    /**
     * Canonical bytes of the bundle as text; in several parts if it is too large for one record.
     */
    bundle: z.string().optional(),
    part: z.strictObject({ number: z.int().min(1), of: z.int().min(1) }).optional(),
    /** Only in the last part. */
    signatures: z
      .array(z.strictObject({ keyid: z.string().optional(), sig: z.string() }))
      .optional(),
  }),
);

/** The payload of `spanforge.policy.lifecycle.v1`, with names in camelCase. */
export type PolicyLifecycleBody = RecordBody<typeof policyLifecycleV1>;
