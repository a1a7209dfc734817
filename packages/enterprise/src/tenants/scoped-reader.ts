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

const MAX_PAGE = 1000;
/** Of a query without a limit. */
const DEFAULT_PAGE = 100;

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

  /** Which of these records the scope sees; the indexes ascend. */
  async function ownOf(indexes: readonly number[]): Promise<ReadonlySet<number>> {
    const [first, last] = [indexes[0] ?? 0, indexes.at(-1) ?? -1];
    const own = new Set<number>();
    for (let cursor: number | undefined = first; cursor !== undefined && cursor <= last; ) {
      const limit = Math.min(MAX_PAGE, last - cursor + 1);
      const page: EvidencePage = await reader.query({ tenant: tenantId, cursor, limit });
      for (const record of page.records) if (sees(record)) own.add(record.index);
      cursor = page.next;
    }
    return own;
  }

  const visible = async (index: number): Promise<boolean> => {
    const { records } = await reader.query({ tenant: tenantId, cursor: index, limit: 1 });
    const [record] = records;
    return record?.index === index && sees(record);
  };

  async function query(asked: EvidenceQuery): Promise<EvidencePage> {
    if (asked.tenant !== undefined && asked.tenant !== tenantId) {
      throw new EnterpriseError('ENTERPRISE_TENANT_FOREIGN', 'the query names another tenant');
    }
    if (asked.project !== undefined && projects?.has(asked.project) === false) {
      return { records: [] };
    }
    const [only] = projects?.size === 1 ? projects : [];
    const own = { ...asked, tenant: tenantId, ...(only === undefined ? {} : { project: only }) };
    const page = await reader.query(own);
    const records = page.records.filter(sees);
    if (records.length === page.records.length) return page;
    return fill(own, records, page.next);
  }

  /** Reads on where records were left out: a page that ends early would look like the end. */
  async function fill(
    asked: EvidenceQuery,
    seen: readonly EvidenceRecord[],
    next: number | undefined,
  ): Promise<EvidencePage> {
    const { limit: wanted = DEFAULT_PAGE, newestFirst = false } = asked;
    const records = [...seen];
    let cursor = next;
    for (let limit = wanted; cursor !== undefined && records.length < wanted; ) {
      const page: EvidencePage = await reader.query({ ...asked, cursor, limit });
      records.push(...page.records.filter(sees));
      cursor = page.next;
      limit = Math.min(2 * limit, MAX_PAGE);
    }
    const last = records[wanted - 1];
    if (records.length <= wanted || last === undefined) {
      return cursor === undefined ? { records } : { records, next: cursor };
    }
    return { records: records.slice(0, wanted), next: newestFirst ? last.index : last.index + 1 };
  }

  async function disclosuresOf(indexes: readonly number[]) {
    const own = await ownOf(indexes);
    const wanted = indexes.filter((index) => own.has(index));
    const read =
      wanted.length === 0
        ? []
        : ((await reader.disclosuresOf?.(wanted)) ??
          (await Promise.all(wanted.map((index) => reader.disclosures(index)))));
    const found = new Map(wanted.map((index, at) => [index, read[at] ?? []]));
    return indexes.map((index) => found.get(index) ?? []);
  }

  return {
    size: () => reader.size(),
    query,
    disclosures: async (index) => ((await visible(index)) ? reader.disclosures(index) : []),
    // Always there, so that it covers that of the log where both are joined to one object.
    disclosuresOf,
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
