/** Severities, worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'unknown'] as const;

/** `critical`, `high`, `medium`, `low` or `unknown`. */
export type Severity = (typeof SEVERITIES)[number];

/** One thing a scanning gate found. It never carries a secret or governed text. */
export interface GateFinding {
  /** Such as `github_token` or `GHSA-jf85-cpcp-j695`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** Path below the scanned folder, with forward slashes. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Stable over commits and lines: what a suppression names. */
  readonly fingerprint: string;
  /** The engines that found it. */
  readonly engines: readonly string[];
  /** Other names of the same thing, such as the CVE of an advisory. */
  readonly aliases?: readonly string[];
  /** Of a dependency: `lodash@4.17.10`. */
  readonly component?: string;
  /** True when a suppression covers it: it is listed and does not count. */
  readonly suppressed?: boolean;
}

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** Orders findings: worst first, then by place and rule, the same on every machine. */
export function compareFindings(left: GateFinding, right: GateFinding): number {
  const bySeverity = rank(left.severity) - rank(right.severity);
  if (bySeverity !== 0) return bySeverity;
  const key = ({ file = '', line = 0, rule, fingerprint }: GateFinding): string =>
    `${file}\u0000${String(line).padStart(9, '0')}\u0000${rule}\u0000${fingerprint}`;
  return key(left) < key(right) ? -1 : key(left) > key(right) ? 1 : 0;
}
