import { lstat } from 'node:fs/promises';
import { formatTime } from '@spanforge/core-events';
import { z } from 'zod';
import { runEngines } from '../engines/run-engines.js';
import { GateError } from '../error.js';
import type {
  Assessment,
  ExecutorInput,
  GateExecutor,
  GateFacts,
  GatheredFacts,
} from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { type GateFinding, SEVERITIES, type Severity } from '../model/finding.js';
import { fingerprintOf } from '../suppress/book.js';
import { failure, inconclusive } from '../verdict/conclude.js';
import { type AdvisoryBook, readAdvisories } from './advisories.js';
import { canonicalId, matchPackages } from './match.js';
import { fetchAdvisories } from './osv-api.js';
import type { LockedPackage } from './package.js';
import { readLocks } from './read-locks.js';
import { makeSbom } from './sbom.js';
import { worse } from './severity.js';

const DEFAULT_ADVISORIES = [
  '.sf-gate/advisories',
  '.sf-gate/advisories.zip',
  '.sf-gate/advisories.jsonl',
];

const options = z.strictObject({
  /** A folder, zip, JSON or JSONL of OSV advisories. */
  advisories: z.string().min(1).optional(),
  /** `osv` asks the OSV API, where the host allows the network. */
  source: z.enum(['offline', 'osv']).default('offline'),
  /** The lowest severity that fails the gate; `unknown` counts as every severity. */
  fail_on: z.enum(['critical', 'high', 'medium', 'low']).default('low'),
  /** Pass even if something is not pinned or does not come from a registry. */
  allow_unchecked: z.boolean().default(false),
  max_report_age_hours: z.number().positive().max(8760).default(24),
});

const count = z.int().min(0);
const factsSchema = z.strictObject({
  packages_scanned: count,
  unchecked: count,
  allow_unchecked: z.boolean(),
  incomparable: count,
  /** Packages of ecosystems that are missing from an offline export. */
  uncovered: count.optional(),
  advisories: count.optional(),
  by_severity: z.record(z.enum(SEVERITIES), count),
  suppressed: count,
  fail_on: z.enum(['critical', 'high', 'medium', 'low']),
  engines: count,
});

async function bookFor(
  input: ExecutorInput,
  packages: readonly LockedPackage[],
  given: z.infer<typeof options>,
): Promise<AdvisoryBook> {
  const { services, signal } = input;
  if (given.source === 'osv') {
    if (services.fetch === undefined) {
      throw new GateError(
        'GATE_INPUT_UNREADABLE',
        'this gate needs the network: pass fetch, or --allow-network on the command line',
      );
    }
    return fetchAdvisories(packages, services.fetch, services.clock(), signal);
  }
  const candidates = given.advisories === undefined ? DEFAULT_ADVISORIES : [given.advisories];
  for (const name of candidates) {
    const path = insideRoot(services.root, name);
    if ((await lstat(path).catch(() => undefined)) === undefined) continue;
    return readAdvisories(path, services.clock(), signal);
  }
  throw new GateError(
    'GATE_INPUT_UNREADABLE',
    'there are no advisories: name an OSV export (advisories) or allow the network (source: osv)',
  );
}

/** Keeps one finding for each vulnerability and component, whichever engines found it. */
function mergeFindings(findings: readonly GateFinding[]): readonly GateFinding[] {
  const merged: GateFinding[] = [];
  for (const finding of findings) {
    const ids = new Set([finding.rule, ...(finding.aliases ?? [])]);
    const at = merged.findIndex(
      ({ rule, aliases = [], component }) =>
        (component === finding.component ||
          component === undefined ||
          finding.component === undefined) &&
        [rule, ...aliases].some((id) => ids.has(id)),
    );
    const other = merged[at];
    if (other === undefined) {
      merged.push(finding);
      continue;
    }
    const all = new Set([other.rule, ...(other.aliases ?? []), ...ids]);
    merged[at] = {
      ...other,
      severity: worse(other.severity, finding.severity),
      aliases: [...all].filter((id) => id !== other.rule).sort(),
      engines: [...new Set([...other.engines, ...finding.engines])],
    };
  }
  return merged;
}

/** A finding of another engine, as if it were ours. */
function foreignFinding({
  engine,
  finding,
}: Awaited<ReturnType<typeof runEngines>>['found'][number]): GateFinding {
  const rule = canonicalId(finding.ids);
  const { component, severity, file } = finding;
  return {
    ...{ rule, severity, engines: [engine] },
    message: `${component ?? 'a component'} is affected by ${rule}`,
    aliases: finding.ids.filter((id) => id !== rule),
    ...(component === undefined ? {} : { component }),
    ...(file === undefined ? {} : { file }),
    fingerprint: fingerprintOf(rule, component ?? file ?? ''),
  };
}

function countBySeverity(findings: readonly GateFinding[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    SEVERITIES.map((severity) => [
      severity,
      findings.filter((finding) => finding.severity === severity).length,
    ]),
  );
}

async function gather(input: ExecutorInput): Promise<GatheredFacts> {
  const given = options.parse(input.gate.with);
  const engines = await runEngines(input, 'dependencies', given.max_report_age_hours * 3_600_000);
  const locks = engines.builtin ? await readLocks(input) : undefined;
  const packages = locks?.packages ?? [];
  const book = locks === undefined ? undefined : await bookFor(input, packages, given);
  const matched = book === undefined ? undefined : matchPackages(packages, book);
  const uncovered =
    book === undefined || given.source === 'osv'
      ? 0
      : packages.filter(({ ecosystem }) => !book.covers(ecosystem)).length;
  const foreign = engines.found.map(foreignFinding);
  const findings = input.services.suppressions.apply(
    mergeFindings([...(matched?.findings ?? []), ...foreign]),
  );
  const counted = findings.filter(({ suppressed }) => suppressed !== true);
  return {
    facts: {
      packages_scanned: new Set(
        packages.map(({ ecosystem, name, version }) => `${ecosystem}:${name}@${version}`),
      ).size,
      ...{ unchecked: locks?.unchecked.length ?? 0, allow_unchecked: given.allow_unchecked },
      incomparable: matched?.unknown.length ?? 0,
      ...(uncovered === 0 ? {} : { uncovered }),
      ...(book === undefined ? {} : { advisories: book.records }),
      by_severity: countBySeverity(counted),
      suppressed: findings.length - counted.length,
      ...{ fail_on: given.fail_on, engines: engines.engines.length },
    },
    findings,
    engines: [
      ...(book === undefined
        ? []
        : [
            {
              ...{ name: 'builtin', kind: 'builtin' as const, version: '1', sha256: book.sha256 },
              findings: matched?.findings.length ?? 0,
            },
          ]),
      ...engines.engines,
    ],
    inputs: locks?.inputs ?? [],
    attachments:
      locks === undefined
        ? []
        : [
            {
              suffix: 'cdx.json',
              text: makeSbom(packages, findings, formatTime(input.services.clock())),
            },
          ],
  };
}

function judge(given: GateFacts): Assessment {
  const facts = factsSchema.parse(given);
  const {
    by_severity: by,
    packages_scanned: scanned,
    fail_on: least,
    unchecked,
    advisories,
  } = facts;
  const cves = SEVERITIES.reduce((sum, severity) => sum + (by[severity] ?? 0), 0);
  const worst: Severity | undefined = SEVERITIES.find((severity) => (by[severity] ?? 0) > 0);
  const metrics = {
    ...{ cve_count: cves, severity_max: worst === undefined ? 'NONE' : worst.toUpperCase() },
    ...{ packages_scanned: scanned, unchecked, suppressed: facts.suppressed },
    ...Object.fromEntries(SEVERITIES.map((severity) => [`${severity}_count`, by[severity] ?? 0])),
  };
  if (advisories === undefined && facts.engines === 0) {
    return { ...failure('nothing_scanned', 'no engine ran'), metrics };
  }
  if (advisories === 0)
    return { ...failure('no_advisories', 'the export holds no advisory'), metrics };
  const failing = [...SEVERITIES.slice(0, SEVERITIES.indexOf(least) + 1), 'unknown' as const];
  const bad = failing.reduce((sum, severity) => sum + (by[severity] ?? 0), 0);
  if (bad > 0) {
    const reason = `${cves} vulnerabilities, the worst ${worst}`;
    return { result: 'fail', firm: false, reasonCode: 'vulnerable', reason, metrics };
  }
  if (advisories !== undefined && scanned === 0) {
    return { ...failure('nothing_scanned', 'no package is locked'), metrics };
  }
  const { uncovered = 0 } = facts;
  if ((unchecked + uncovered > 0 && !facts.allow_unchecked) || facts.incomparable > 0) {
    const silent =
      uncovered === 0
        ? ''
        : `, the export has nothing about the ecosystem of ${uncovered} packages`;
    const reason = `${unchecked} entries are not pinned to a registry, ${facts.incomparable} versions cannot be compared${silent}`;
    return inconclusive('unchecked', reason, metrics);
  }
  const reason = `${scanned} packages, ${cves} vulnerabilities under ${least}`;
  return { result: 'pass', firm: false, reasonCode: 'not_vulnerable', reason, metrics };
}

/** `dependency_security`: compares locked packages with advisories. */
export const dependencySecurity: GateExecutor = {
  type: 'dependency_security',
  metrics: {
    ...{ cve_count: 'number', severity_max: 'string', packages_scanned: 'number' },
    ...{ unchecked: 'number', suppressed: 'number' },
    ...{ critical_count: 'number', high_count: 'number', medium_count: 'number' },
    ...{ low_count: 'number', unknown_count: 'number' },
  },
  options,
  gather,
  judge,
};
