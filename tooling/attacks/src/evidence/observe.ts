import { fsck } from '@spanforge/core-events/log';
import {
  createNoteVerifier,
  formatJwks,
  formatVkey,
  toVerificationKey,
} from '@spanforge/core-signing';
import {
  auditTraces,
  auditValues,
  createOperator,
  isViolation,
  verifyPackage,
} from '@spanforge/operator';
import { openWorkspace, type Workspace } from 'spanforge';
import { openShop, type Shop } from './service.js';
import { siteFiles } from './site.js';

/** What one question to a workspace brought to light. */
export interface Seen {
  /** In a word. */
  readonly says: string;
  /** Somebody is told that something is wrong. */
  readonly notices: boolean;
  /** What must never be, whoever is told of something. */
  readonly worst?: string;
  /** What was believed: equal to that of the untouched workspace, or something changed. */
  readonly view: string;
}

/** Traces that a site may have, with what was done in them. */
const TRACES = ['small', 'huge', 'held', 'parcel-2', 'setup', 'large'];

const unique = (words: readonly unknown[]): string => [...new Set(words.map(String))].join(', ');

function refused(error: unknown): Seen {
  const { code, message, details } = error as Error & { code?: unknown; details?: object };
  const { why, reason } = (details ?? {}) as { why?: unknown; reason?: unknown };
  // A code says that the error was foreseen; anything else is a crash.
  if (typeof code !== 'string' || !/^[A-Z]+_[A-Z_]+$/.test(code) || code.startsWith('ERR_')) {
    return { says: `crash: ${message}`, notices: true, worst: `crash: ${message}`, view: 'crash' };
  }
  const more = why ?? reason;
  return { says: `${code}${more === undefined ? '' : ` (${more})`}`, notices: true, view: code };
}

async function attempt(look: () => Promise<Seen>): Promise<Seen> {
  return look().catch(refused);
}

async function withOpened(folder: string, look: (workspace: Workspace) => Promise<Seen>) {
  const workspace = await openWorkspace(siteFiles(folder).workspace, 'attacks');
  try {
    return await look(workspace);
  } finally {
    await workspace.close().catch(() => undefined);
  }
}

const keysOf = ({ keys, config }: Workspace) => ({
  jwks: formatJwks(keys.packages.map(toVerificationKey)),
  vkey: formatVkey(config.origin, keys.log),
});

async function looksWhole({ log, store, mark, keys, config }: Workspace): Promise<Seen> {
  const logKey = createNoteVerifier(config.origin, toVerificationKey(keys.log));
  const { findings } = await fsck({ log, mark, logKey, counters: store.counters });
  const { violations } = await auditTraces(log);
  const { missing } = await auditValues(log);
  const gone = missing.map(() => ({ code: 'value_missing' }));
  const codes = [...findings, ...violations, ...gone].map(({ code }) => code);
  const says = codes.length === 0 ? 'clean' : unique(codes);
  return { says, notices: codes.length > 0, view: says };
}

/** Values that the statement of a package counts as missing. */
function missingIn(envelope: Uint8Array | undefined): number {
  const { payload } = JSON.parse(Buffer.from(envelope ?? []).toString()) as { payload: string };
  const statement = JSON.parse(Buffer.from(payload, 'base64').toString()) as {
    predicate: { counts: { missing: number } };
  };
  return statement.predicate.counts.missing;
}

function operatorOf(workspace: Workspace) {
  const { log, checkpointer, keys } = workspace;
  const { vkey } = keysOf(workspace);
  return createOperator({ reader: log, checkpointer, packageKeys: keys.packages, logKey: vkey });
}

async function inspects(workspace: Workspace, records: ReadonlyMap<string, number>): Promise<Seen> {
  const operator = operatorOf(workspace);
  const damaged = workspace.log.status().refusal;
  const views: unknown[] = [];
  const codes: string[] = damaged === undefined ? [] : [`damaged (${damaged})`];
  for (const traceId of records.keys()) {
    const { chain, completeness, timeline, controls, services, status } =
      await operator.inspectTrace(traceId);
    const times = timeline.map(({ state: _, ...entry }) => entry);
    views.push([traceId, status, times, controls, services, chain.broken, completeness]);
    if (chain.status === 'broken') codes.push(`broken: ${chain.broken[0]?.reason}`);
    if (status === 'no_evidence') codes.push('no_evidence');
    codes.push(...completeness.filter(isViolation).map(({ code }) => code));
    const { missing } = await auditValues(workspace.log, { traceId });
    if (missing.length > 0) codes.push('value_missing');
  }
  const says = codes.length === 0 ? 'whole' : unique(codes);
  return { says, notices: codes.length > 0, view: JSON.stringify(views) };
}

async function lists(workspace: Workspace): Promise<Seen> {
  const operator = operatorOf(workspace);
  const all = await operator.listTraces({ limit: 1000 });
  const some = await operator.listTraces({
    limit: 1000,
    fromTimeMs: Date.now() - 3_600_000,
    toTimeMs: Date.now() + 3_600_000,
  });
  const says = `${all.traces.length}, ${some.traces.length} by time`;
  return { says, notices: false, view: JSON.stringify([all.traces, some.traces]) };
}

async function exports(workspace: Workspace, records: ReadonlyMap<string, number>): Promise<Seen> {
  const { jwks, vkey } = keysOf(workspace);
  const operator = operatorOf(workspace);
  const said: string[] = [];
  const views: unknown[] = [];
  const less: string[] = [];
  for (const traceId of records.keys()) {
    let damaged = '';
    const onDamaged = ({ reason }: { reason: string }): void => {
      damaged = ` (damaged since: ${reason})`;
    };
    try {
      const pkg = await operator.exportPackage({ traceId }, { disclose: () => true, onDamaged });
      const report = await verifyPackage(pkg, { keys: [jwks, vkey] });
      const texts = ['records.jsonl', 'disclosures.jsonl'].map((name) =>
        Buffer.from(pkg.get(name) ?? []).toString(),
      );
      const count = (texts[0] ?? '').split('\n').length - 1;
      views.push([traceId, report.verdict, texts]);
      const missing = missingIn(pkg.get('package.dsse.json'));
      said.push(`${report.verdict}${damaged}${missing === 0 ? '' : `, ${missing} values missing`}`);
      const fewer = count < (records.get(traceId) ?? 0);
      if (report.verdict === 'valid' && fewer && damaged === '') {
        less.push(`VALID package of ${count} of ${records.get(traceId)} records of ${traceId}`);
      }
    } catch (error) {
      const seen = refused(error);
      views.push([traceId, seen.view]);
      said.push(seen.says);
      if (seen.worst !== undefined) less.push(seen.worst);
    }
  }
  const notices = said.some((one) => one !== 'valid');
  const worst = less.length === 0 ? {} : { worst: unique(less) };
  return { says: unique(said), notices, ...worst, view: JSON.stringify(views) };
}

/** Calls that must not run, whatever became of the evidence; the last was made before. */
const FORBIDDEN = [
  ['a withdrawn person acted', 'refund', 21, 'mallory', 'by-mallory'],
  ['an older bundle decided', 'refund', 5000, 'alice', 'too-much'],
  ['an approval was used twice', 'refund', 500, 'alice', 'held'],
  ['a counter was set back', 'ship', 1, 'alice', 'parcel-3'],
  ['a call ran twice', 'refund', 20, 'alice', 'small'],
] as const;

/** Makes calls, and says which ran that must not. */
export async function makesCalls(shop: Shop): Promise<Seen> {
  const ran: string[] = [];
  const said: string[] = [];
  for (const [what, tool, amount, actor, trace] of FORBIDDEN) {
    const before = shop.ran.count;
    const { status } = await shop.call(tool, amount, actor, trace);
    said.push(status);
    if (shop.ran.count > before) ran.push(what);
  }
  const { status, reason } = await shop.call('refund', 22, 'alice', `plain-${said.length}`);
  const refusal = shop.log.status().refusal;
  const says = status === 'completed' ? 'governs' : `${status}: ${refusal ?? reason}`;
  const worst = ran.length === 0 ? {} : { worst: ran.join(', ') };
  return {
    ...{ says: ran.length === 0 ? says : `FAILS OPEN: ${ran.join(', ')}` },
    ...{ notices: status !== 'completed', ...worst, view: JSON.stringify([...said, status]) },
  };
}

async function governs(folder: string): Promise<Seen> {
  const shop = await openShop(siteFiles(folder).workspace);
  try {
    return await makesCalls(shop);
  } finally {
    await shop.close().catch(() => undefined);
  }
}

/** How many records a site has of each trace. */
export async function countRecords(folder: string): Promise<ReadonlyMap<string, number>> {
  const workspace = await openWorkspace(siteFiles(folder).workspace, 'attacks');
  try {
    const counts = new Map<string, number>();
    for (const traceId of TRACES) {
      const { records } = await workspace.log.query({ traceId, limit: 1000 });
      if (records.length > 0) counts.set(traceId, records.length);
    }
    return counts;
  } finally {
    await workspace.close();
  }
}

/** What `audit fsck` would say, read in this process. */
export const looksAtLog = (folder: string): Promise<Seen> =>
  attempt(() => withOpened(folder, looksWhole));

/** What is asked of an attacked workspace; each gets a copy of its own. */
export function observations(records: ReadonlyMap<string, number>) {
  const opened = (look: (workspace: Workspace) => Promise<Seen>) => (folder: string) =>
    attempt(() => withOpened(folder, look));
  return {
    'governed calls': (folder: string) => attempt(() => governs(folder)),
    fsck: opened(looksWhole),
    inspect: opened((workspace) => inspects(workspace, records)),
    list: opened(lists),
    'export, verify': opened((workspace) => exports(workspace, records)),
  };
}
