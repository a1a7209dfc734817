import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** A tenant was registered or changed. */
export const enterpriseTenantV1 = defineRecordType(
  'spanforge.enterprise.tenant.v1',
  z.strictObject({
    tenant_id: name,
    /** The region in which its evidence may be kept. */
    residency: z.enum(['eu', 'us', 'ap', 'in', 'global']),
    projects: z.array(name),
    /** Projects whose evidence another project may read. */
    cross_project: z.array(z.strictObject({ from: name, to: name })),
  }),
);

/** The payload of `spanforge.enterprise.tenant.v1`, with names in camelCase. */
export type EnterpriseTenantBody = RecordBody<typeof enterpriseTenantV1>;
