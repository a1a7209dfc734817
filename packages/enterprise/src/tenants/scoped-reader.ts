import type {
  EvidencePage,
  EvidenceQuery,
  EvidenceReader,
  EvidenceRecord,
} from '@spanforge/core-events';
import { EnterpriseError } from '../error.js';
import type { Tenant } from './model.js';

/** The tenant and project whose evidence a reader sees. */
export interface ReaderScope {
  readonly tenant: Tenant;
  /** The project that asks; it also sees the projects it may read. All projects when absent. */
  readonly project?: string;
}

/** Undefined stands for every project: a tenant that needs no registration has none to list. */
function visibleProjects({ tenant, project }: ReaderScope): ReadonlySet<string> | undefined {
  if (project === undefined) {
    return tenant.projects.length === 0 ? undefined : new Set(tenant.projects);
  }
  const crossed = tenant.crossProject.filter(({ from }) => from === project).map(({ to }) => to);
  return new Set([project, ...crossed]);
}

/**
 * A reader limited to one tenant, and to one project with those it may read. Every query is
 * narrowed before it reaches the log, and every record that comes back is checked again. A record
 * of another tenant is answered like a missing one. A query that names another tenant is refused,
 * so that a mistake is noticed.
 */
export function scopeReader(reader: EvidenceReader, scope: ReaderScope): EvidenceReader {
  const { tenantId } = scope.tenant;
  const projects = visibleProjects(scope);
  const sees = ({ context }: EvidenceRecord): boolean =>
    context.tenant === tenantId && projects?.has(context.project) !== false;

  async function query(asked: EvidenceQuery): Promise<EvidencePage> {
    if (asked.tenant !== undefined && asked.tenant !== tenantId) {
      throw new EnterpriseError('ENTERPRISE_TENANT_FOREIGN', 'the query names another tenant');
    }
    if (asked.project !== undefined && projects?.has(asked.project) === false) {
      return { records: [] };
    }
    const page = await reader.query({ ...asked, tenant: tenantId });
    return { ...page, records: page.records.filter(sees) };
  }

  return {
    size: () => reader.size(),
    query,
    async disclosures(index) {
      const { records } = await reader.query({ tenant: tenantId, cursor: index, limit: 1 });
      const [record] = records;
      return record?.index === index && sees(record) ? reader.disclosures(index) : [];
    },
    ...(reader.readComplete === undefined
      ? {}
      : {
          async *readComplete(types: readonly string[], from: number, to: number) {
            for await (const record of reader.readComplete?.(types, from, to) ?? []) {
              if (sees(record)) yield record;
            }
          },
        }),
    ...(reader.readRun === undefined
      ? {}
      : {
          async *readRun(run: string, types: readonly string[]) {
            for await (const record of reader.readRun?.(run, types) ?? []) {
              if (sees(record)) yield record;
            }
          },
        }),
    ...(reader.requireRecentIndex === undefined
      ? {}
      : { requireRecentIndex: () => reader.requireRecentIndex?.() }),
  };
}
