import { fromUtf8, parseVkey } from '@spanforge/core-signing';
import { readNote } from '../log-state.js';
import { type EvidencePackage, MEMBER } from '../package/members.js';
import type { VerificationReport } from '../verify/report.js';
import { type VerifyOptions, verifyPackage } from '../verify/verify-package.js';
import { readPackage, verifyPackageAt } from './any-form.js';

/**
 * How two packages belong together.
 *
 * - `same`: of one log, at one size;
 * - `grown`: of one log, and the larger one proves that the log only grew;
 * - `growth_not_shown`: of one log, and the larger one holds no proof of it;
 * - `fork`: of one log, and it had two histories;
 * - `successor`: the log of the second names the last good checkpoint of the log of the first;
 * - `beyond`: the same, and the first package reaches beyond that checkpoint: what lies there, the
 *   successor knows nothing of;
 * - `not_related`: nothing in these packages says.
 */
export type PackageRelation =
  | 'same'
  | 'grown'
  | 'growth_not_shown'
  | 'fork'
  | 'successor'
  | 'beyond'
  | 'not_related';

/** Two packages, by their place in the list, and how they belong together. */
export interface PackageLink {
  readonly from: number;
  readonly to: number;
  readonly relation: PackageRelation;
}

/** Several packages, verified in one go. */
export interface TogetherReport {
  readonly packages: readonly { readonly path: string; readonly report: VerificationReport }[];
  /** Each package after the first with the one it belongs to. */
  readonly links: readonly PackageLink[];
  /** 1 where a package is invalid or a log was forked, else the first of 2, 3 and 0 that occurs. */
  readonly exitCode: 0 | 1 | 2 | 3;
}

function originOf(pkg: EvidencePackage | undefined): string | undefined {
  try {
    return pkg && readNote(fromUtf8(pkg.get(MEMBER.checkpoint) ?? new Uint8Array())).origin;
  } catch {
    return undefined;
  }
}

/** The keys of one log, and those that are no vkey: each vkey is trusted for its own log alone. */
function keysFor(keys: readonly string[], origin: string | undefined): readonly string[] {
  return keys.filter((text) => {
    if (text.trim().startsWith('{') || origin === undefined) return true;
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.some((line) => parseVkey(line.trim()).name === origin);
  });
}

const RELATED: readonly PackageRelation[] = ['same', 'grown', 'successor'];
const RANKED: readonly PackageRelation[] = [
  'fork',
  ...RELATED,
  'beyond',
  'growth_not_shown',
  'not_related',
];

interface Opened {
  readonly path: string;
  readonly pkg: EvidencePackage | undefined;
  readonly report: VerificationReport;
  readonly options: VerifyOptions;
}

async function grown(smaller: Opened, larger: Opened): Promise<PackageRelation> {
  const note = smaller.pkg?.get(MEMBER.checkpoint);
  if (!note || !larger.pkg) return 'growth_not_shown';
  const since = fromUtf8(note);
  const { checks } = await verifyPackage(larger.pkg, { ...larger.options, since });
  const said = checks.find(({ name }) => name === 'since');
  if (said?.ok) return 'grown';
  return said?.detail.endsWith('consistency_invalid') ? 'fork' : 'growth_not_shown';
}

function succession(before: Opened, after: Opened): PackageRelation | undefined {
  const { succeeds } = after.report;
  const { log } = before.report;
  if (!log || succeeds?.origin !== log.origin) return undefined;
  if (log.size > succeeds.size) return 'beyond';
  return log.size === succeeds.size && log.root !== succeeds.root ? 'fork' : 'successor';
}

async function relationOf(a: Opened, b: Opened): Promise<PackageRelation> {
  const [one, other] = [a.report.log, b.report.log];
  if (!one || !other) return 'not_related';
  if (one.origin !== other.origin) {
    return succession(a, b) ?? succession(b, a) ?? 'not_related';
  }
  if (one.size === other.size) return one.root === other.root ? 'same' : 'fork';
  return one.size < other.size ? grown(a, b) : grown(b, a);
}

/** Verdicts that a link may be said about: what is invalid belongs nowhere. */
const SOUND: ReadonlySet<string> = new Set(['valid', 'violation', 'incomplete']);

async function linksOf(opened: readonly Opened[]): Promise<readonly PackageLink[]> {
  const links: PackageLink[] = [];
  for (const [to, later] of opened.entries()) {
    if (to === 0) continue;
    let best: PackageLink = { from: 0, to, relation: 'not_related' };
    for (const [from, earlier] of opened.slice(0, to).entries()) {
      if (!SOUND.has(earlier.report.verdict) || !SOUND.has(later.report.verdict)) continue;
      const relation = await relationOf(earlier, later);
      if (RANKED.indexOf(relation) < RANKED.indexOf(best.relation)) best = { from, to, relation };
    }
    links.push(best);
  }
  return links;
}

/**
 * Verifies several packages, and says how they belong together: one log at several times, or a log and
 * the one that succeeded it. Each vkey is trusted for the log it names. Never rejects.
 */
export async function verifyPackagesAt(
  paths: readonly string[],
  options: Omit<VerifyOptions, 'origin' | 'since' | 'knownSize'>,
): Promise<TogetherReport> {
  const opened: Opened[] = [];
  for (const path of paths) {
    const pkg = await readPackage(path, options.limits).catch(() => undefined);
    const keys = keysFor(options.keys, originOf(pkg));
    const own = { ...options, keys };
    const report = await (pkg ? verifyPackage(pkg, own) : verifyPackageAt(path, own));
    opened.push({ path, pkg, report, options: own });
  }
  const links = await linksOf(opened);
  const codes = opened.map(({ report }) => report.exitCode);
  const forked = links.some(({ relation }) => relation === 'fork');
  const apart = links.some(({ relation }) => !RELATED.includes(relation));
  const worst = ([1, 2, 3] as const).find((code) => codes.includes(code));
  return {
    packages: opened.map(({ path, report }) => ({ path, report })),
    links,
    exitCode: forked ? 1 : (worst ?? (apart ? 3 : 0)),
  };
}
