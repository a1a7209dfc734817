/** A scanner from outside: how it is run, and which exit codes mean that the scan completed. */
export interface ScannerTool {
  readonly name: string;
  readonly kind: 'secrets' | 'dependencies';
  readonly version: readonly string[];
  readonly command: readonly string[];
  /** Exit codes of a completed scan, with findings or without. */
  readonly finished: readonly number[];
  /** True when it prints nothing at all if there are no findings. */
  readonly silentWhenClean?: true;
}

/** The scanners that can be run; `.` is the working folder. */
export const SCANNER_TOOLS: readonly ScannerTool[] = [
  {
    ...{ name: 'osv-scanner', kind: 'dependencies', version: ['osv-scanner', '--version'] },
    command: ['osv-scanner', 'scan', 'source', '--recursive', '--format', 'json', '.'],
    finished: [0, 1],
  },
  {
    ...{ name: 'trivy', kind: 'dependencies', version: ['trivy', '--version'] },
    command: ['trivy', 'filesystem', '--quiet', '--scanners', 'vuln', '--format', 'cyclonedx', '.'],
    finished: [0],
  },
  {
    ...{ name: 'grype', kind: 'dependencies', version: ['grype', 'version'] },
    command: ['grype', 'dir:.', '--quiet', '--output', 'cyclonedx-json'],
    finished: [0, 2],
  },
  {
    ...{ name: 'gitleaks', kind: 'secrets', version: ['gitleaks', 'version'] },
    command: [
      ...['gitleaks', 'dir', '.', '--no-banner', '--redact', '--exit-code', '0'],
      ...['--report-format', 'sarif', '--report-path', '/dev/stdout', '--log-level', 'error'],
      // Comments in the scanned files suppress nothing: only the suppression file counts.
      '--ignore-gitleaks-allow',
    ],
    finished: [0],
  },
  {
    ...{ name: 'betterleaks', kind: 'secrets', version: ['betterleaks', 'version'] },
    command: [
      ...['betterleaks', 'dir', '.', '--no-banner', '--redact', '--exit-code', '0'],
      ...['--report-format', 'sarif', '--report-path', '/dev/stdout', '--log-level', 'error'],
      // Comments in the scanned files suppress nothing: only the suppression file counts.
      '--ignore-gitleaks-allow',
    ],
    finished: [0],
  },
  {
    ...{ name: 'trufflehog', kind: 'secrets', version: ['trufflehog', '--version'] },
    command: ['trufflehog', 'filesystem', '.', '--json', '--no-verification', '--no-update'],
    finished: [0, 183],
    silentWhenClean: true,
  },
  {
    ...{ name: 'secretlint', kind: 'secrets', version: ['secretlint', '--version'] },
    command: ['secretlint', '--format', 'json', '--maskSecrets', '**/*'],
    finished: [0, 1],
  },
];
