import type { GateFinding, Severity } from '../model/finding.js';
import { fingerprintOf } from '../suppress/book.js';
import type { AdvisoryBook } from './advisories.js';
import { isAffected } from './affected.js';
import { type LockedPackage, normaliseName } from './package.js';
import { severityOf, worse } from './severity.js';

/** One vulnerability of one package, with all its names. */
interface Group {
  readonly ids: Set<string>;
  severity: Severity;
  fixed: string | undefined;
}

/** The result of looking packages up in advisories. */
export interface Matched {
  readonly findings: readonly GateFinding[];
  /** Versions that could not be compared with an advisory of their package. */
  readonly unknown: readonly string[];
}

/** The best-known name: a GHSA id, or the id of the ecosystem. The other names are aliases. */
export function canonicalId(ids: Iterable<string>): string {
  const rank = (id: string): number =>
    id.startsWith('GHSA-') ? 0 : id.startsWith('CVE-') ? 1 : id.startsWith('MAL-') ? 2 : 3;
  return [...ids].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))[0] ?? 'unknown';
}

/** Merges entries that share an id into one group. */
export function joinAliases<Entry extends { readonly ids: Set<string> }>(
  groups: readonly Entry[],
  join: (into: Entry, other: Entry) => void,
): readonly Entry[] {
  const joined: Entry[] = [];
  for (const group of groups) {
    const touching = joined.filter((other) => [...group.ids].some((id) => other.ids.has(id)));
    const [first, ...rest] = touching;
    if (first === undefined) {
      joined.push(group);
      continue;
    }
    for (const other of [group, ...rest]) {
      for (const id of other.ids) first.ids.add(id);
      join(first, other);
    }
    for (const other of rest) joined.splice(joined.indexOf(other), 1);
  }
  return joined;
}

function groupsOf(
  { ecosystem, name, version }: LockedPackage,
  book: AdvisoryBook,
  unknown: Set<string>,
): readonly Group[] {
  const groups: Group[] = [];
  const normal = normaliseName(ecosystem, name);
  for (const record of book.find(ecosystem, name)) {
    for (const affected of record.affected) {
      const { package: named } = affected;
      if (named?.ecosystem !== ecosystem || normaliseName(ecosystem, named.name) !== normal)
        continue;
      const answer = isAffected(affected, ecosystem, version);
      if (answer === 'unknown') unknown.add(`${name}@${version}`);
      if (answer !== 'affected') continue;
      const fixes = (affected.ranges ?? []).flatMap(({ type, events }) =>
        type === 'GIT' ? [] : events.flatMap(({ fixed }) => fixed ?? []),
      );
      groups.push({
        ids: new Set([record.id, ...record.aliases]),
        severity: severityOf(record, affected),
        fixed: fixes.at(-1),
      });
    }
  }
  return joinAliases(groups, (into, other) => {
    into.severity = worse(into.severity, other.severity);
    into.fixed ??= other.fixed;
  });
}

/** Finds each vulnerability of each package once, however many ids and advisories it has. */
export function matchPackages(packages: readonly LockedPackage[], book: AdvisoryBook): Matched {
  const unknown = new Set<string>();
  const findings = packages.flatMap((locked) =>
    groupsOf(locked, book, unknown).map(({ ids, severity, fixed }): GateFinding => {
      const rule = canonicalId(ids);
      const component = `${locked.name}@${locked.version}`;
      const advice = fixed === undefined ? '' : `; fixed in ${fixed}`;
      return {
        ...{ rule, severity, component, file: locked.file, engines: ['builtin'] },
        message: `${component} is affected by ${rule}${advice}`,
        aliases: [...ids].filter((id) => id !== rule).sort(),
        fingerprint: fingerprintOf(
          rule,
          `${locked.ecosystem}:${normaliseName(locked.ecosystem, locked.name)}@${locked.version}`,
        ),
      };
    }),
  );
  return { findings, unknown: [...unknown] };
}
