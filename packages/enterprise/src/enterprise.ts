import { type Clock, type EvidenceReader, systemClock } from '@spanforge/core-events';
import type { SigningKey } from '@spanforge/core-signing';
import { type DisclosedNames, requireDisclosable, type Settings } from './controls/settings.js';
import { matchArchitectures, REFERENCE_ARCHITECTURES } from './deployment/architectures.js';
import { type DeploymentProbe, type DeploymentProfile, takeProfile } from './deployment/profile.js';
import { EnterpriseError } from './error.js';
import { type PackageMembers, wrapPackage } from './package/generate.js';
import { type EnterpriseHealth, type HealthCheck, readHealth } from './status/health.js';
import { type EnterpriseStatus, type LogPosition, readStatus } from './status/status.js';
import { mayKeep, type Residency } from './tenants/model.js';
import { scopeReader } from './tenants/scoped-reader.js';
import type { Tenants } from './tenants/tenants.js';

/** What the operator's package contains. */
export interface EnterpriseSelection {
  readonly query: {
    readonly traceId: string;
    readonly tenant: string;
    readonly project?: string;
  };
}

/** Asks others about the checkpoint of a package; functions of `@spanforge/operator` make both. */
export interface CheckpointOutsiders {
  /** Has an RFC 3161 authority stamp the checkpoint, as `createCheckpointStamper` does. */
  readonly stamp?: (
    checkpoint: Uint8Array,
  ) => Promise<{ readonly reply: Uint8Array; readonly salt: Uint8Array }>;
  /** Has witnesses cosign the checkpoint, as `createCheckpointCosigner` does. */
  readonly cosign?: (
    checkpoint: { readonly size: number; readonly root: Uint8Array; readonly note: string },
    prove: (oldSize: number) => Promise<readonly Uint8Array[]>,
  ) => Promise<string>;
}

/**
 * Makes the operator's package, as `createOperator().exportPackage` of `@spanforge/operator` does.
 */
export type ExportPackage = (
  selection: EnterpriseSelection,
  options: {
    readonly disclose: (record: unknown, name: string) => boolean;
    readonly since?: string;
  } & CheckpointOutsiders,
) => Promise<PackageMembers>;

/** Options of an enterprise deployment. */
export interface EnterpriseOptions {
  readonly reader: EvidenceReader;
  readonly tenants: Tenants;
  readonly settings: Settings;
  /** The deployment's own tenant: it needs no registration. */
  readonly tenant: string;
  readonly deployedIn: Residency;
  readonly airGapped: boolean;
  readonly position: () => Promise<LogPosition>;
  readonly probes: readonly DeploymentProbe[];
  readonly checks?: readonly HealthCheck[];
  readonly exportPackage: ExportPackage;
  /** Keys of role `package`. */
  readonly packageKeys: readonly SigningKey[];
  readonly clock?: Clock;
}

/** The trace of a package, its tenant, and the values it discloses. */
export interface EnterprisePackageOptions extends CheckpointOutsiders {
  /** The deployment's own tenant when absent. */
  readonly tenant?: string;
  /** The project that asks: only its records, and those of projects it may read. */
  readonly project?: string;
  /** No value when absent. */
  readonly disclose?: DisclosedNames;
  /** A checkpoint the recipient kept. */
  readonly since?: string;
}

/** An enterprise deployment: its profile, its status, and evidence packages. */
export interface Enterprise {
  profile(): Promise<DeploymentProfile>;
  status(): Promise<EnterpriseStatus>;
  health(): Promise<EnterpriseHealth>;
  /**
   * Makes a signed enterprise package of a trace. It contains the operator's package, the
   * deployment profile, retention and export controls, the status and the reference architectures.
   *
   * @throws {EnterpriseError} `ENTERPRISE_TENANT_UNKNOWN`, `ENTERPRISE_RESIDENCY_VIOLATED`,
   *   `ENTERPRISE_TENANT_FOREIGN` for a project the tenant does not have, `ENTERPRISE_EXPORT_DENIED`
   *   when more is to be disclosed than the tenant's settings allow.
   * @throws what `exportPackage` throws.
   */
  generateEvidencePackage(
    traceId: string,
    options?: EnterprisePackageOptions,
  ): Promise<PackageMembers>;
}

/** Creates {@link Enterprise}. Creating it reads nothing, and it never writes to the log. */
export function createEnterprise(options: EnterpriseOptions): Enterprise {
  const { reader, tenants, settings, deployedIn, clock = systemClock } = options;
  const profile = () => takeProfile(options.probes, clock);
  const status = () => readStatus({ ...options, clock });

  /** The project whose records are visible; the asking project if the record has none. */
  async function visibleProject(tenantId: string, traceId: string, project: string) {
    const tenant = await tenants.get(tenantId);
    if (!tenant.projects.includes(project)) {
      throw new EnterpriseError('ENTERPRISE_TENANT_FOREIGN', 'the tenant has no such project');
    }
    const scoped = scopeReader(reader, { tenant, project });
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const page = await scoped.query({ traceId, cursor });
      const [first] = page.records;
      if (first) return first.context.project;
      cursor = page.next;
    }
    return project;
  }

  async function requireTenant(tenant: string): Promise<void> {
    const known = (await tenants.list()).find(({ tenantId }) => tenantId === tenant);
    if (known === undefined && tenant !== options.tenant) await tenants.get(tenant);
    if (known === undefined || mayKeep(known.residency, deployedIn)) return;
    throw new EnterpriseError(
      'ENTERPRISE_RESIDENCY_VIOLATED',
      `evidence of this tenant must stay in ${known.residency}; this deployment is in ${deployedIn}`,
      { details: { residency: known.residency, deployedIn } },
    );
  }

  return Object.freeze({
    profile,
    status,
    health: async () => readHealth(await status(), await profile(), options.checks ?? [], clock),
    async generateEvidencePackage(traceId: string, asked: EnterprisePackageOptions = {}) {
      const { tenant = options.tenant, project, disclose = [], since, stamp, cosign } = asked;
      await requireTenant(tenant);
      const controls = await settings.get(tenant);
      requireDisclosable(disclose, controls);
      const seen =
        project === undefined ? {} : { project: await visibleProject(tenant, traceId, project) };
      const operator = await options.exportPackage(
        { query: { traceId, tenant, ...seen } },
        {
          disclose: (_record, name) => disclose === 'all' || disclose.includes(name),
          ...(since === undefined ? {} : { since }),
          ...(stamp === undefined ? {} : { stamp }),
          ...(cosign === undefined ? {} : { cosign }),
        },
      );
      const taken = await profile();
      const parts = {
        profile: taken,
        controls: { v: 'spanforge.enterprise-controls.v1', ...controls, disclosed: disclose },
        status: await status(),
        architectures: {
          v: 'spanforge.reference-architectures.v1',
          architectures: REFERENCE_ARCHITECTURES,
          matches: matchArchitectures(taken),
        },
      };
      return wrapPackage(operator, parts, tenant, options.packageKeys, clock);
    },
  });
}
