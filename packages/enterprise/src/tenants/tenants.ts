import {
  type EvidenceContext,
  type EvidenceReader,
  isName,
  type Recorder,
} from '@spanforge/core-events';
import { enterpriseTenantV1 } from '@spanforge/core-events/records';
import { z } from 'zod';
import { EnterpriseError } from '../error.js';
import { readAll } from '../read-all.js';
import { recordChange } from '../record-change.js';
import { mayKeep, RESIDENCIES, type Residency, type Tenant } from './model.js';

/** Options for tenants. */
export interface TenantsOptions {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /** The region of this deployment. */
  readonly deployedIn: Residency;
}

/** Records tenants, and reads them back from the log. */
export interface Tenants {
  /**
   * Registers a tenant, or changes it.
   *
   * @throws {EnterpriseError} `ENTERPRISE_TENANT_INVALID` with the path,
   *   `ENTERPRISE_RESIDENCY_VIOLATED` when its evidence may not be kept here,
   *   `ENTERPRISE_EVIDENCE_UNAVAILABLE`.
   */
  register(tenant: unknown, options: { readonly context: EvidenceContext }): Promise<Tenant>;
  /** @throws {EnterpriseError} `ENTERPRISE_TENANT_UNKNOWN`. */
  get(tenantId: string): Promise<Tenant>;
  list(): Promise<readonly Tenant[]>;
}

const name = z.custom<string>(isName, 'expected a name');
const tenantSchema = z.strictObject({
  tenantId: name,
  residency: z.enum(RESIDENCIES),
  projects: z.array(name).min(1),
  crossProject: z.array(z.strictObject({ from: name, to: name })).default([]),
});

function parseTenant(value: unknown): Tenant {
  const parsed = tenantSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidTenantError(issue?.path.join('.') ?? '', issue?.message ?? 'not valid');
  }
  const unknown = parsed.data.crossProject.findIndex(
    ({ from, to }) => !parsed.data.projects.includes(from) || !parsed.data.projects.includes(to),
  );
  if (unknown >= 0)
    throw invalidTenantError(`crossProject.${unknown}`, 'names a project it does not have');
  return parsed.data;
}

function invalidTenantError(path: string, message: string): EnterpriseError {
  return new EnterpriseError(
    'ENTERPRISE_TENANT_INVALID',
    `tenant: ${path || '(root)'}: ${message}`,
    {
      details: { path },
    },
  );
}

/** Creates {@link Tenants}. */
export function createTenants({ recorder, reader, deployedIn }: TenantsOptions): Tenants {
  async function readTenants(): Promise<ReadonlyMap<string, Tenant>> {
    const tenants = new Map<string, Tenant>();
    for await (const { body } of readAll(reader, [enterpriseTenantV1.key])) {
      const { tenantId, residency, projects, crossProject } = enterpriseTenantV1.fromWire(body);
      tenants.set(tenantId, { tenantId, residency, projects, crossProject });
    }
    return tenants;
  }
  return {
    async register(value, { context }) {
      const tenant = parseTenant(value);
      if (!mayKeep(tenant.residency, deployedIn)) {
        throw new EnterpriseError(
          'ENTERPRISE_RESIDENCY_VIOLATED',
          `evidence of this tenant must stay in ${tenant.residency}; this deployment is in ${deployedIn}`,
          { details: { residency: tenant.residency, deployedIn } },
        );
      }
      const body = enterpriseTenantV1.toWire(tenant);
      await recordChange(
        recorder,
        { type: enterpriseTenantV1.key, context, body },
        'the tenant is not registered: the registration could not be recorded',
      );
      return tenant;
    },
    async get(tenantId) {
      const tenant = (await readTenants()).get(tenantId);
      if (tenant !== undefined) return tenant;
      throw new EnterpriseError(
        'ENTERPRISE_TENANT_UNKNOWN',
        'no tenant of this name is registered',
      );
    },
    list: async () => [...(await readTenants()).values()],
  };
}
