import type { Clock, EvidenceContext, EvidenceReader, RecordDraft } from '@spanforge/core-events';
import { createProjection, type StagingRecorder } from '@spanforge/core-events/log';
import { auditTombstoneV1, enterpriseTenantV1 } from '@spanforge/core-events/records';
import { EnterpriseError } from '../error.js';
import { isAdministration, mayKeep, type Residency, type Tenant } from './model.js';

/** Whose place it is that is asked for. */
export type TenantPlace = Pick<EvidenceContext, 'tenant'> &
  Partial<Pick<EvidenceContext, 'project'>>;

/** What an admission is made of. */
export interface AdmissionOptions {
  readonly reader: EvidenceReader;
  /** The deployment's own tenant and project: they need no registration. */
  readonly own: Pick<EvidenceContext, 'tenant' | 'project'>;
  readonly deployedIn: Residency;
  readonly clock?: Clock;
}

/** Says whose evidence a deployment takes and shows. A deployment without registered tenants takes any. */
export interface TenantAdmission {
  /**
   * The tenant of a place, as it is registered; with no projects where it needs no registration.
   *
   * @throws {EnterpriseError} `ENTERPRISE_TENANT_UNKNOWN`, `ENTERPRISE_TENANT_FOREIGN` for a project
   *   the tenant does not have, `ENTERPRISE_RESIDENCY_VIOLATED`.
   * @throws {EventsError} `EVENTS_STATE_UNAVAILABLE` when the tenants cannot be read.
   */
  admit(place: TenantPlace): Promise<Tenant>;
}

type Registered = Map<string, Tenant>;

/** Creates {@link TenantAdmission}. Reads nothing until another place than the own is asked for. */
export function createAdmission(options: AdmissionOptions): TenantAdmission {
  const { reader, own, deployedIn, clock } = options;
  const tenants = createProjection<Registered>({
    reader,
    types: [enterpriseTenantV1.key],
    empty: () => new Map(),
    apply: (known, { body }) => {
      const tenant = enterpriseTenantV1.fromWire(body);
      known.set(tenant.tenantId, tenant);
    },
    ...(clock ? { clock } : {}),
  });

  function look(known: Registered, { tenant: tenantId, project }: TenantPlace): Tenant {
    const tenant = known.get(tenantId);
    if (tenant === undefined) {
      if (known.size === 0 || tenantId === own.tenant) {
        return { tenantId, residency: 'global', projects: [], crossProject: [] };
      }
      throw new EnterpriseError(
        'ENTERPRISE_TENANT_UNKNOWN',
        'no tenant of this name is registered',
      );
    }
    if (!mayKeep(tenant.residency, deployedIn)) {
      throw new EnterpriseError(
        'ENTERPRISE_RESIDENCY_VIOLATED',
        `evidence of this tenant must stay in ${tenant.residency}; this deployment is in ${deployedIn}`,
        { details: { residency: tenant.residency, deployedIn } },
      );
    }
    const isOwn = tenantId === own.tenant && project === own.project;
    if (project !== undefined && !isOwn && !tenant.projects.includes(project)) {
      throw new EnterpriseError('ENTERPRISE_TENANT_FOREIGN', 'the tenant has no such project');
    }
    return tenant;
  }

  return {
    async admit(place) {
      try {
        return look((await tenants.current()).state, place);
      } catch (error) {
        if (!EnterpriseError.is(error)) throw error;
        // It may have been registered a moment ago.
        return look((await tenants.refresh()).state, place);
      }
    },
  };
}

function placesOf(
  drafts: readonly RecordDraft[],
  own: AdmissionOptions['own'],
): readonly TenantPlace[] {
  const places = new Map<string, TenantPlace>();
  for (const { type, context } of drafts) {
    const { tenant, project } = context;
    if (tenant === own.tenant && project === own.project) continue;
    // An erasure brings nothing here: values of any tenant that are here can be taken away.
    if (type === auditTombstoneV1.key) continue;
    const place = isAdministration(type) ? { tenant } : { tenant, project };
    places.set(JSON.stringify(place), place);
  }
  return [...places.values()];
}

/**
 * A log that takes records of admitted places only: what names another tenant or project is refused
 * before it is committed, all or nothing. Drafts are serialised at once, as by the log itself.
 */
export function guardTenants<Log extends StagingRecorder>(
  log: Log,
  options: AdmissionOptions & { readonly admission?: TenantAdmission },
): Log {
  const { own, admission = createAdmission(options) } = options;
  const stage: Log['stage'] = (staging) => {
    const inner = log.stage(staging);
    const places: TenantPlace[] = [];
    return {
      append(drafts, appending) {
        const appended = inner.append(drafts, appending);
        places.push(...placesOf(drafts, own));
        return appended;
      },
      async commit(committing) {
        try {
          for (const place of places) await admission.admit(place);
        } catch (error) {
          inner.discard(error);
          throw error;
        }
        return inner.commit(committing);
      },
      discard: (reason) => inner.discard(reason),
    };
  };
  const append: Log['append'] = async (drafts, appending) => {
    if (placesOf(drafts, own).length === 0) return log.append(drafts, appending);
    const one = stage();
    await one.append(drafts);
    return one.commit(appending);
  };
  return Object.freeze({ ...log, append, stage });
}
