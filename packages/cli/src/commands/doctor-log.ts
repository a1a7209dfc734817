import { stat } from 'node:fs/promises';
import {
  createIds,
  EventsError,
  type EvidenceRecord,
  type RecordedCounters,
  systemClock,
  type WriterStamp,
} from '@spanforge/core-events';
import { createRecordTimes, freezeAdvice } from '@spanforge/core-events/log';
import { createLeaseClock } from '@spanforge/core-events/node';
import {
  auditGapV1,
  manifestActorV1,
  manifestAgentV1,
  manifestToolV1,
  policyLifecycleV1,
  RECORD_TYPES,
} from '@spanforge/core-events/records';
import { visible } from '@spanforge/operator';
import { createPolicy, type LifecycleEntry, type Policy } from '@spanforge/policy';
import { closestName } from '@spanforge/policy/internal';
import type { Workspace } from '../workspace/workspace.js';
import { examine } from './fsck.js';
import { environmentsOnRecord } from './known-tools.js';

/** What nothing is wrong with, and what may not be as it was meant. */
export interface Warned {
  readonly warning: string;
}

/** A check of a log: returns a sentence if all is well, or a warning; throws if something is wrong. */
export type LookAtLog = (workspace: Workspace) => Promise<string | Warned>;

/** The number of records that are read; `audit fsck` reads the whole log. */
const NEWEST = 50_000;
const READ_AT_ONCE = 1000;
/** How many holes and times are named; the rest is only counted. */
const NAMED = 3;
/** A lease is renewed every few seconds: a longer one was written by a clock that was ahead. */
const LONG_LEASE_MS = 60_000;

/** How many records no checkpoint covers, and since when: these could be removed unnoticed. */
async function unpublished({ log }: Workspace, published: number, size: number): Promise<string> {
  if (size <= published) return '';
  const [oldest] = await log.store.read(published, 1);
  const decoded = oldest && log.decode(oldest);
  const since = decoded?.ok ? `, the oldest of ${decoded.record.time}` : '';
  return `, ${size - published} not covered by a checkpoint${since}`;
}

const governs: LookAtLog = async (workspace) => {
  const { log, mark } = workspace;
  const refusal = log.guard.refusal();
  if (refusal) {
    const { reason, kid } = refusal.details;
    const key = kid === undefined ? '' : `, the log does not name the key ${visible(String(kid))}`;
    throw new Error(`governs nothing: ${String(reason)}${key}: ${freezeAdvice(String(reason))}`);
  }
  const damage = log.guard.damage();
  if (damage) throw new Error(`${damage.code}: ${damage.message}`);
  const { signingError } = log.status();
  if (signingError !== undefined) throw new Error(`cannot be signed: ${signingError}`);
  const [size, kept] = [await log.size(), await mark.load()];
  const published = kept?.size ?? 0;
  return `${size} records, ${published} published${await unpublished(workspace, published, size)}`;
};

/** How many other names the file has: whoever may write to one of them can change the mark. */
async function otherNames(path: string): Promise<number> {
  return (await stat(path)).nlink - 1;
}

const mark: LookAtLog = async ({ log, mark, paths }) => {
  const kept = await mark.load();
  if (kept?.frozen) throw new Error(`the signer froze the log: ${kept.frozen.reason}`);
  const names = kept ? await otherNames(paths.mark) : 0;
  if (names > 0) {
    return {
      warning: `${paths.mark} has ${names} other name${names === 1 ? '' : 's'} (hard links): whoever may write there can change it. The next checkpoint makes a file of its own`,
    };
  }
  if (kept) return `${kept.size} records were signed last`;
  if (log.guard.refusal()?.details.reason !== 'mark_missing') return 'nothing was signed yet';
  throw new Error(
    `${paths.mark}: missing, and checkpoints were released: put it back, or go on with "audit succeed"`,
  );
};

/** Of several bundles with a future effective time, the first. */
function firstToCome(
  entries: readonly LifecycleEntry[],
  nowMs: number,
): LifecycleEntry | undefined {
  const taken = entries.filter(({ outcome, stage }) => outcome === 'taken' && stage === 'enforce');
  const last = taken.findLastIndex(({ step }) => step === 'deactivated');
  const startOf = ({ effectiveAt }: LifecycleEntry): number => Date.parse(effectiveAt ?? '');
  const coming = taken.slice(last + 1).filter((entry) => startOf(entry) > nowMs);
  const first = Math.min(...coming.map(startOf));
  return coming.findLast((entry) => startOf(entry) === first);
}

const policy: LookAtLog = async (workspace) => {
  const { log, config } = workspace;
  const { applications } = await openPolicy(workspace, undefined).getStatus();
  const whole = await inForceIn(workspace, undefined);
  const own = await Promise.all(
    applications.map(async (name) => ({ name, ...(await inForceIn(workspace, name)) })),
  );
  const said = [whole.said, ...own.map(({ name, said }) => `for ${visible(name)}: ${said}`)];
  if ([whole, ...own].some(({ governed }) => governed)) return said.join('; ');
  const other = closestName(config.environment, await environmentsOnRecord(log, config.tenant));
  const hint = other === undefined ? '' : `; a bundle was activated for "${visible(other)}"`;
  return { warning: `${said.join('; ')}${hint}` };
};

function openPolicy({ log, config }: Workspace, application: string | undefined): Policy {
  const { tenant, project, environment: env } = config;
  const run = createIds()();
  const place = { tenant, project, env, run, traceId: run };
  const context = { ...place, agent: 'spanforge-cli', actor: 'doctor', source: 'spanforge-cli' };
  const own = application === undefined ? {} : { application };
  return createPolicy({ recorder: log, reader: log, context, ...own });
}

interface InForce {
  readonly governed: boolean;
  readonly said: string;
}

async function inForceIn(workspace: Workspace, application: string | undefined): Promise<InForce> {
  const { environment: env } = workspace.config;
  const { lifecycle } = openPolicy(workspace, application);
  const active = await lifecycle.active(env);
  const entries: LifecycleEntry[] = [];
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const page = await lifecycle.history(env, { cursor, limit: 1000 });
    entries.push(...page.entries);
    cursor = page.next;
  }
  const next = firstToCome(entries, systemClock());
  const now = active
    ? `${visible(active.policyId)} ${visible(active.version)} governs ${env}`
    : `no bundle governs ${env}`;
  const governed = active !== undefined;
  if (!next) return { governed, said: now };
  const name = visible(`${next.policyId ?? ''} ${next.version ?? ''}`);
  return { governed, said: `${now}; ${name} will govern from ${next.effectiveAt}` };
}

const leases: LookAtLog = async ({ store }) => {
  const clock = createLeaseClock();
  const held = (await store.listLeases()).flatMap(({ name, holder, untilMs }) => {
    const own = clock && name === `checkpoint/${clock.boot}` ? clock : undefined;
    // A lease from before the last boot blocks nobody.
    if (name.startsWith('checkpoint/') && clock && !own) return [];
    const leftMs = untilMs - (own ? own.now() : systemClock());
    return leftMs > 0 ? [{ name, holder, leftMs }] : [];
  });
  const long = held.find(({ leftMs }) => leftMs > LONG_LEASE_MS);
  if (long) {
    const { name, holder, leftMs } = long;
    const seconds = Math.round(leftMs / 1000);
    throw new Error(
      `${visible(name)} is held by ${visible(holder)} for ${seconds} seconds more: "audit leases --break" takes it away`,
    );
  }
  const said = held.map(({ name, holder }) => `${visible(name)} is held by ${visible(holder)}`);
  return said.length === 0 ? 'none is held' : said.join(', ');
};

type Kept = Pick<EvidenceRecord, 'index' | 'time' | 'writer'> & {
  /** Numbers of a writer that the record marks as unused. */
  readonly unused?: readonly (WriterStamp & { readonly to: number })[];
};

function keptOf({ index, time, writer, type, body }: EvidenceRecord): Kept {
  if (type !== auditGapV1.key) return { index, time, writer };
  const { writerId, boot, fromN, toN } = auditGapV1.fromWire(body);
  return { index, time, writer, unused: [{ id: writerId, boot, n: fromN, to: toN }] };
}

/** The newest records, and the first index that was read. */
async function readNewest({ log }: Workspace) {
  const size = await log.size();
  const from = Math.max(0, size - NEWEST);
  const records: Kept[] = [];
  for (let at = from; at < size; ) {
    const stored = await log.store.read(at, Math.min(READ_AT_ONCE, size - at));
    if (stored.length === 0) {
      throw new EventsError('EVENTS_STORE_UNAVAILABLE', `records are missing from ${at} on`);
    }
    for (const one of stored) {
      const decoded = log.decode(one);
      if (decoded.ok) records.push(keptOf(decoded.record));
    }
    at += stored.length;
  }
  const lookedAt = from > 0 ? `in the newest ${size - from} records` : `in ${size} records`;
  return { records, from, unread: size - from - records.length, lookedAt };
}

const named = (found: readonly string[]): string => {
  const more = found.length - NAMED;
  return [...found.slice(0, NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
};

/**
 * Writer numbers that no record has and none explains. For a writer that began before these
 * records, counted from its first number here.
 */
function holesIn(records: readonly Kept[], whole: boolean): readonly string[] {
  const writers = new Map<string, { seen: number[]; ranges: [number, number][] }>();
  const of = (id: string, boot: string) => {
    const key = JSON.stringify([id, boot]);
    const known = writers.get(key) ?? { seen: [], ranges: [] };
    writers.set(key, known);
    return known;
  };
  for (const { writer, unused } of records) {
    const { seen, ranges } = of(writer.id, writer.boot);
    seen.push(writer.n);
    ranges.push([writer.n, writer.n]);
    for (const { id, boot, n, to } of unused ?? []) of(id, boot).ranges.push([n, to]);
  }
  return [...writers].flatMap(([key, { seen, ranges }]) => {
    const [id, boot] = JSON.parse(key) as [string, string];
    const found: string[] = [];
    const highest = seen.reduce((most, n) => Math.max(most, n), -1);
    let next = whole ? 0 : seen.reduce((least, n) => Math.min(least, n), Number.MAX_SAFE_INTEGER);
    for (const [from, to] of ranges.sort(([a], [b]) => a - b)) {
      if (from > highest) break;
      if (from > next) found.push(`${next} to ${from - 1} of ${visible(id)} (${visible(boot)})`);
      next = Math.max(next, to + 1);
    }
    return found;
  });
}

const writers: LookAtLog = async (workspace) => {
  const { records, from, unread, lookedAt } = await readNewest(workspace);
  if (unread > 0) throw new Error(`${unread} records cannot be read: see "audit fsck"`);
  const holes = holesIn(records, from === 0);
  if (holes.length === 0) return `no numbers are missing ${lookedAt}`;
  throw new Error(
    `numbers are missing and unexplained, ${named(holes)}: see "audit fsck" and "audit acknowledge-holes"`,
  );
};

const times: LookAtLog = async (workspace) => {
  const { records, lookedAt } = await readNewest(workspace);
  const seen = createRecordTimes(systemClock());
  const odd = records.flatMap((record) => seen.note(record) ?? []);
  if (odd.length === 0) return `none out of place ${lookedAt}`;
  throw new Error(named(odd));
};

/** Types from which a service restores its state before it accepts calls. */
const STATE_TYPES: readonly string[] = [
  ...[manifestAgentV1, manifestActorV1, manifestToolV1, policyLifecycleV1].map(({ key }) => key),
  ...RECORD_TYPES.map(({ key }) => key).filter((key) => key.startsWith('spanforge.review.')),
];

/**
 * Reads what a service reads at its start: an index without records of these types blocks its
 * calls.
 */
const index: LookAtLog = async ({ log }) => {
  let records = 0;
  for await (const _ of log.readComplete(STATE_TYPES, 0, await log.size())) records += 1;
  return `${records} records of state are all there`;
};

/** Compares counters with the records, as far back as the bundle in force counts. */
const counters: LookAtLog = async ({ log, store, config }) => {
  const { tenant, project, environment: env } = config;
  const run = createIds()();
  const place = { tenant, project, env, run, traceId: run };
  const context = { ...place, agent: 'spanforge-cli', actor: 'doctor', source: 'spanforge-cli' };
  const active = await createPolicy({ recorder: log, reader: log, context }).lifecycle.active(env);
  const windows = Object.values(active?.facts ?? {}).flatMap((fact) =>
    fact.kind === 'counted' ? [fact.windowMs] : [],
  );
  if (windows.length === 0) return 'nothing is counted';
  const recorded = log.counters(store.counters);
  if (!('requireWhole' in recorded)) return 'records are not signed: not compared';
  await (recorded as RecordedCounters).requireWhole(Math.max(...windows));
  return 'what the records counted is there';
};

/** Checks the whole log like `audit fsck`, if it is short enough to wait for. */
const evidence: LookAtLog = async (workspace) => {
  const size = await workspace.log.size();
  if (size > NEWEST) return `${size} records are too many to be read here: run "audit fsck"`;
  const { report, traces, values } = await examine(workspace);
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  const missing = values.missing.map(({ index }) => ({ code: 'value_missing', index }));
  const found = [...errors, ...traces.violations, ...missing].map(
    ({ code, index }) => `${code}${index === undefined ? '' : ` at ${index}`}`,
  );
  // One record may be at fault in several ways of the same kind.
  if (found.length > 0) throw new Error(`${named([...new Set(found)])}: see "audit fsck"`);
  return `${size} records, their index, claims, keys, calls and values are as they were written`;
};

/** The checks of a log, in order. */
export const LOG_CHECKS: readonly (readonly [name: string, LookAtLog])[] = [
  ['evidence log', governs],
  ['mark', mark],
  ['index', index],
  ['policy', policy],
  ['counters', counters],
  ['evidence', evidence],
  ['leases', leases],
  ['writers', writers],
  ['times', times],
];
