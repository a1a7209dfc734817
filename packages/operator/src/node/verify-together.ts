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
 * - `successor`: the log of the second names the checkpoint of the first as the last good one of its log;
 * - `beyond`: it names a smaller one: what lies beyond that, the successor knows nothing of;
 * - `succession_not_shown`: it names a larger one, and nothing shows that the log of the first grew to it;
 * - `not_related`: nothing in these packages says.
 */
export type PackageRelation =
  | 'same'
  | 'grown'
  | 'growth_not_shown'
  | 'fork'
  | 'successor'
  | 'beyond'
  | 'succession_not_shown'
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
  /** Each package after the first with one it belongs to, which may stand behind it. */
  readonly links: readonly PackageLink[];
  /** 1 where a package is invalid or a log was forked, else the first of 2, 3 and 0 that occurs. */
  readonly exitCode: 0 | 1 | 2 | 3;
}

type TogetherOptions = Omit<VerifyOptions, 'origin' | 'since' | 'knownSize'>;

function originOf(pkg: EvidencePackage | undefined): string | undefined {
  try {
    return pkg && readNote(fromUtf8(pkg.get(MEMBER.checkpoint) ?? new Uint8Array())).origin;
  } catch {
    return undefined;
  }
}

const isJwk = (text: string): boolean => text.trim().startsWith('{');

/** Whether some vkey names the log; a text that is no vkey is left for the verification to refuse. */
function isNamed({ keys, witnessPolicy = '' }: TogetherOptions, origin: string): boolean {
  const inPolicy = [...witnessPolicy.matchAll(/^[ \t]*log[ \t]+(\S+)/gm)].map(([, vkey]) => vkey);
  const lines = keys.flatMap((text) => (isJwk(text) ? [] : text.split('\n')));
  lines.push(...inPolicy.map((vkey = '') => vkey));
  return lines.some((line) => {
    try {
      return line.trim() !== '' && parseVkey(line.trim()).name === origin;
    } catch {
      return true;
    }
  });
}

/** Each vkey is trusted for the log it names alone; a package of no such log has package keys only. */
function optionsFor(options: TogetherOptions, origin: string | undefined): VerifyOptions {
  if (origin === undefined || !isNamed(options, origin)) {
    const { witnessPolicy: _, ...rest } = options;
    return { ...rest, keys: options.keys.filter(isJwk) };
  }
  return { ...options, origin };
}

const RELATED: readonly PackageRelation[] = ['same', 'grown', 'successor'];
const RANKED: readonly PackageRelation[] = [
  'fork',
  ...RELATED,
  'beyond',
  'succession_not_shown',
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
  if (log.size < succeeds.size) return 'succession_not_shown';
  return log.root === succeeds.root ? 'successor' : 'fork';
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

const isSound = ({ report }: Opened): boolean => SOUND.has(report.verdict);

async function pairsOf(opened: readonly Opened[]): Promise<readonly PackageLink[]> {
  const pairs: PackageLink[] = [];
  for (const [to, later] of opened.entries()) {
    for (const [from, earlier] of opened.slice(0, to).entries()) {
      const sound = isSound(earlier) && isSound(later);
      const relation = sound ? await relationOf(earlier, later) : 'not_related';
      pairs.push({ from, to, relation });
    }
  }
  return pairs;
}

const better = (a: PackageLink, b: PackageLink): PackageLink =>
  RANKED.indexOf(b.relation) < RANKED.indexOf(a.relation) ? b : a;

/** From the first package on, the best link to one that is not joined yet: their order says nothing. */
function joinPackages(pairs: readonly PackageLink[], count: number): readonly PackageLink[] {
  const joined = new Set([0]);
  const links: PackageLink[] = [];
  while (joined.size < count) {
    const { from, to, relation } = pairs
      .filter((one) => joined.has(one.from) !== joined.has(one.to))
      .reduce(better);
    const link = joined.has(from) ? { from, to, relation } : { from: to, to: from, relation };
    joined.add(link.to);
    links.push(link);
  }
  const forkAt = (at: number) => pairs.find(({ to, relation }) => to === at && relation === 'fork');
  return links.sort((a, b) => a.to - b.to).map((link) => forkAt(link.to) ?? link);
}

/**
 * Verifies several packages, and says how they belong together: one log at several times, or a log and
 * the one that succeeded it, in any order. Each vkey is trusted for the log it names. Never rejects.
 */
export async function verifyPackagesAt(
  paths: readonly string[],
  options: TogetherOptions,
): Promise<TogetherReport> {
  const opened: Opened[] = [];
  for (const path of paths) {
    const pkg = await readPackage(path, options.limits).catch(() => undefined);
    const own = optionsFor(options, originOf(pkg));
    const report = await (pkg ? verifyPackage(pkg, own) : verifyPackageAt(path, own));
    opened.push({ path, pkg, report, options: own });
  }
  const links = paths.length > 1 ? joinPackages(await pairsOf(opened), paths.length) : [];
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
