import type {
  Disclosure,
  EvidencePage,
  EvidenceQuery,
  EvidenceReader,
  EvidenceRecord,
} from '@spanforge/core-events';
import { EnterpriseError } from '../error.js';
import { isAdministration, type Tenant } from './model.js';

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

/** What a reader sees of a log. */
interface View {
  readonly reader: EvidenceReader;
  readonly tenant: string;
  /** The projects that queries may name; any when absent. */
  readonly projects: ReadonlySet<string> | undefined;
  readonly sees: (record: EvidenceRecord) => boolean;
}

/** Which of these records the scope sees; the indexes ascend. */
async function ownOf(
  { reader, tenant, sees }: View,
  indexes: readonly number[],
): Promise<ReadonlySet<number>> {
  const [first, last] = [indexes[0] ?? 0, indexes.at(-1) ?? -1];
  const own = new Set<number>();
  for (let cursor: number | undefined = first; cursor !== undefined && cursor <= last; ) {
    const limit = Math.min(MAX_PAGE, last - cursor + 1);
    const page: EvidencePage = await reader.query({ tenant, cursor, limit });
    for (const record of page.records) if (sees(record)) own.add(record.index);
    cursor = page.next;
  }
  return own;
}

async function isVisible({ reader, tenant, sees }: View, index: number): Promise<boolean> {
  const { records } = await reader.query({ tenant, cursor: index, limit: 1 });
  const [record] = records;
  return record?.index === index && sees(record);
}

/** Reads on where records were left out: a page that ends early would look like the end. */
async function fillPage(
  { reader, sees }: View,
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

/** @throws {EnterpriseError} `ENTERPRISE_TENANT_FOREIGN`. */
async function queryOwn(view: View, asked: EvidenceQuery): Promise<EvidencePage> {
  const { reader, tenant, projects, sees } = view;
  if (asked.tenant !== undefined && asked.tenant !== tenant) {
    throw new EnterpriseError('ENTERPRISE_TENANT_FOREIGN', 'the query names another tenant');
  }
  if (asked.project !== undefined && projects?.has(asked.project) === false) {
    return { records: [] };
  }
  const [only] = projects?.size === 1 ? projects : [];
  const own = { ...asked, tenant, ...(only === undefined ? {} : { project: only }) };
  const page = await reader.query(own);
  const records = page.records.filter(sees);
  return records.length === page.records.length ? page : fillPage(view, own, records, page.next);
}

async function disclosuresOwn(
  view: View,
  indexes: readonly number[],
): Promise<readonly (readonly Disclosure[])[]> {
  const { reader } = view;
  const own = await ownOf(view, indexes);
  const wanted = indexes.filter((index) => own.has(index));
  const read =
    wanted.length === 0
      ? []
      : ((await reader.disclosuresOf?.(wanted)) ??
        (await Promise.all(wanted.map((index) => reader.disclosures(index)))));
  const found = new Map(wanted.map((index, at) => [index, read[at] ?? []]));
  return indexes.map((index) => found.get(index) ?? []);
}

async function* seenOf(
  { sees }: View,
  read: () => AsyncIterable<EvidenceRecord>,
): AsyncGenerator<EvidenceRecord> {
  for await (const record of read()) if (sees(record)) yield record;
}

/** What only some readers can do, as far as this one can. */
function optionalReads(view: View): Partial<EvidenceReader> {
  const { reader } = view;
  const { readComplete, readRun, requireRecentIndex } = reader;
  return {
    ...(readComplete && {
      readComplete: (types, from, to) =>
        seenOf(view, () => readComplete.call(reader, types, from, to)),
    }),
    ...(readRun && {
      readRun: (run, types) => seenOf(view, () => readRun.call(reader, run, types)),
    }),
    ...(requireRecentIndex && { requireRecentIndex: () => requireRecentIndex.call(reader) }),
  };
}

/**
 * A reader limited to one tenant, and to one project with those it may read. Every query is
 * narrowed before it reaches the log, and every record that comes back is checked again. Without a
 * project it also sees the tenant's holds, erasures and settings, which belong to no project. A record
 * of another tenant is answered like a missing one. A query that names another tenant is refused,
 * so that a mistake is noticed.
 */
export function scopeReader(reader: EvidenceReader, scope: ReaderScope): EvidenceReader {
  const { tenantId: tenant } = scope.tenant;
  const visible = visibleProjects(scope);
  const whole = scope.project === undefined;
  const sees = ({ type, context }: EvidenceRecord): boolean =>
    context.tenant === tenant &&
    (visible?.has(context.project) !== false || (whole && isAdministration(type)));
  const view: View = { reader, tenant, projects: whole ? undefined : visible, sees };
  return {
    size: () => reader.size(),
    query: (asked) => queryOwn(view, asked),
    disclosures: async (index) => ((await isVisible(view, index)) ? reader.disclosures(index) : []),
    // Always there, so that it covers that of the log where both are joined to one object.
    disclosuresOf: (indexes) => disclosuresOwn(view, indexes),
    ...optionalReads(view),
  };
}
