import { z } from 'zod';
import { defineRecordType, name, type RecordBody } from './record-type.js';

/** How long a tenant's values are kept, and which of them may leave in a package. */
export const enterpriseSettingsV1 = defineRecordType(
  'spanforge.enterprise.settings.v1',
  z.strictObject({
    tenant_id: name,
    /** Days after which values may be pruned; absent if they are never pruned. */
    retention_days: z.int().min(1).max(36_500).optional(),
    /** Names of values that a package may disclose; `*` stands for every name. */
    disclose: z.array(name),
    reason: name,
  }),
);

/** The payload of `spanforge.enterprise.settings.v1`, with names in camelCase. */
export type EnterpriseSettingsBody = RecordBody<typeof enterpriseSettingsV1>;
