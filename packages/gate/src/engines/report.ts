import { fromUtf8, parseJson, sha256, toHex } from '@spanforge/core-signing';
import { GateError } from '../error.js';
import type { Severity } from '../model/finding.js';
import { ratingOf, scoreOf } from './cvss.js';
import type { ScannerTool } from './tools.js';

type Members = Readonly<Record<string, unknown>>;

/** One finding of another tool, without any of the scanned text. */
export interface ReportedFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly file?: string;
  readonly line?: number;
  readonly ids: readonly string[];
  /** Of a dependency: name and version. */
  readonly component?: string;
}

/** The content of a report. */
export interface ParsedReport {
  readonly tool: string;
  readonly version: string;
  readonly findings: readonly ReportedFinding[];
  readonly sha256: string;
}

const MAX_FINDINGS = 200_000;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly Members[] =>
  Array.isArray(value) ? value.filter(isMembers) : [];
/**
 * Checks a list of findings. An entry of another form is an error, since it might hide a finding.
 */
function findingsList(value: unknown, what: string): readonly Members[] {
  if (!(Array.isArray(value) && value.every(isMembers))) throw notReportError(what);
  return value;
}
const members = (value: unknown): Members => (isMembers(value) ? value : {});
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, 512) : undefined;
const positive = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;

const LEVELS: Readonly<Record<string, Severity>> = {
  ...{ error: 'high', warning: 'medium', note: 'low', none: 'low' },
  ...{ critical: 'critical', high: 'high', medium: 'medium', moderate: 'medium', low: 'low' },
};

function severityWord(word: unknown): Severity {
  const key = String(word ?? '').toLowerCase();
  return (Object.hasOwn(LEVELS, key) ? LEVELS[key] : undefined) ?? 'unknown';
}

function place(file: unknown, line: unknown): { file?: string; line?: number } {
  const path = text(file)
    ?.replace(/^file:\/\//, '')
    .replace(/^\.\//, '');
  const at = positive(line);
  return {
    ...(path === undefined ? {} : { file: path }),
    ...(at === undefined ? {} : { line: at }),
  };
}

function readSarif(report: Members): Omit<ParsedReport, 'sha256'> {
  const runs = findingsList(report.runs, 'SARIF runs');
  if (report.version !== '2.1.0' || runs.length === 0)
    throw notReportError('SARIF 2.1.0 with a run');
  const findings = runs.flatMap((run) => {
    const { driver } = members(run.tool);
    const rules = new Map(list(members(driver).rules).map((rule) => [String(rule.id), rule]));
    if (list(run.invocations).some(({ executionSuccessful: done }) => done === false)) {
      throw notReportError('SARIF of a scan that came to its end');
    }
    // Suppressions in the report are ignored: only the suppression file counts.
    return findingsList(run.results, 'SARIF results')
      .filter(
        ({ kind, baselineState }) =>
          kind !== 'pass' && kind !== 'notApplicable' && baselineState !== 'absent',
      )
      .map((result): ReportedFinding => {
        const id = text(result.ruleId) ?? text(members(result.rule).id) ?? 'unknown';
        const rule = rules.get(id);
        const score = Number(members(rule?.properties)['security-severity']);
        const physical = members(list(result.locations)[0]).physicalLocation;
        const artifact = members(members(physical).artifactLocation).uri;
        const region = members(members(physical).region);
        const ids = id.match(/(?:CVE-\d+-\d+|GHSA(?:-[0-9a-z]{4}){3})/gi) ?? [id];
        return {
          rule: id,
          severity: score > 0 ? ratingOf(score) : severityWord(result.level ?? 'warning'),
          ...place(artifact, region.startLine),
          ids,
        };
      });
  });
  const driver = members(members(runs[0]?.tool).driver);
  return {
    tool: text(driver.name) ?? 'unknown',
    version: text(driver.semanticVersion) ?? text(driver.version) ?? 'unknown',
    findings,
  };
}

/** Reads the JSON of osv-scanner. */
function readOsvScanner(report: Members): Omit<ParsedReport, 'sha256'> {
  const findings = findingsList(report.results, 'OSV results').flatMap((result) =>
    findingsList(result.packages, 'OSV packages').flatMap((entry) => {
      const named = members(entry.package);
      const component = `${String(named.name)}@${String(named.version)}`;
      return list(entry.vulnerabilities).map((one): ReportedFinding => {
        const aliases = Array.isArray(one.aliases) ? one.aliases.map(String) : [];
        const scores = list(one.severity).flatMap(({ score }) => scoreOf(String(score)) ?? []);
        return {
          rule: text(one.id) ?? 'unknown',
          severity:
            scores.length > 0
              ? ratingOf(Math.max(...scores))
              : severityWord(members(one.database_specific).severity),
          ...place(members(result.source).path, undefined),
          ...{ ids: [String(one.id), ...aliases], component },
        };
      });
    }),
  );
  return { tool: 'osv-scanner', version: 'unknown', findings };
}

function readCycloneDx(report: Members, scanned: boolean): Omit<ParsedReport, 'sha256'> {
  const vulnerabilities = findingsList(
    scanned ? (report.vulnerabilities ?? []) : report.vulnerabilities,
    'CycloneDX with vulnerabilities (a bill of materials alone says nothing about them)',
  );
  const components = new Map(
    list(report.components).map((one) => [
      String(one['bom-ref']),
      `${text(one.group) === undefined ? '' : `${String(one.group)}/`}${String(one.name)}@${String(one.version)}`,
    ]),
  );
  const findings = vulnerabilities.flatMap((one) => {
    const ratings = list(one.ratings);
    const scores = ratings.flatMap(({ score }) => (typeof score === 'number' ? [score] : []));
    const ids = [one.id, ...list(one.references).map(({ id }) => id)].flatMap(
      (id) => text(id) ?? [],
    );
    const affects = list(one.affects);
    return (affects.length === 0 ? [{ ref: undefined }] : affects).map(
      ({ ref }): ReportedFinding => {
        const component = components.get(String(ref));
        return {
          rule: text(one.id) ?? 'unknown',
          severity:
            scores.length > 0 ? ratingOf(Math.max(...scores)) : severityWord(ratings[0]?.severity),
          ids,
          ...(component === undefined ? {} : { component }),
        };
      },
    );
  });
  const tools = members(report.metadata).tools;
  const tool = list(members(tools).components)[0] ?? list(tools)[0];
  return {
    tool: text(tool?.name) ?? 'cyclonedx',
    version: text(tool?.version) ?? 'unknown',
    findings,
  };
}

/** Reads JSON of gitleaks and betterleaks; `Secret` and `Match` are never read. */
function readGitleaks(report: readonly Members[]): Omit<ParsedReport, 'sha256'> {
  const findings = report.map((one): ReportedFinding => {
    const rule = text(one.RuleID);
    if (rule === undefined) throw notReportError('gitleaks JSON');
    return { rule, severity: 'high', ...place(one.File, one.StartLine), ids: [rule] };
  });
  return { tool: 'gitleaks', version: 'unknown', findings };
}

/** Reads trufflehog's output, one finding a line; `Raw` is never read. */
function readTrufflehog(lines: readonly unknown[]): Omit<ParsedReport, 'sha256'> {
  const findings = lines.filter(isMembers).flatMap((one): readonly ReportedFinding[] => {
    const rule = text(one.DetectorName);
    if (rule === undefined) return [];
    const data = members(members(members(one.SourceMetadata).Data).Filesystem);
    return [{ rule, severity: 'high', ...place(data.file, data.line), ids: [rule] }];
  });
  return { tool: 'trufflehog', version: 'unknown', findings };
}

/** Reads the output of secretlint's JSON formatter. */
function readSecretlint(report: readonly Members[]): Omit<ParsedReport, 'sha256'> {
  const findings = report.flatMap((file) =>
    list(file.messages).map((message): ReportedFinding => {
      const rule = text(message.ruleId) ?? 'unknown';
      const start = members(members(message.loc).start);
      return { rule, severity: 'high', ...place(file.filePath, start.line), ids: [rule] };
    }),
  );
  return { tool: 'secretlint', version: 'unknown', findings };
}

const notReportError = (what: string): GateError =>
  new GateError('GATE_INPUT_INVALID', `expected ${what}`);

function parseLines(source: string): readonly unknown[] {
  return source
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseJson(line, { maxBytes: 16 * 1024 * 1024 }));
}

/** Where a report comes from and what it must be about. */
export interface ReportOrigin {
  readonly kind: ScannerTool['kind'];
  /**
   * True when a scanner that was run here wrote it: then an empty report means that nothing was
   * found.
   */
  readonly scanned: boolean;
}

/** Refuses a report of a form that only the other kind of tool writes. */
function expectKind(kind: ScannerTool['kind'], form: ScannerTool['kind']): void {
  if (kind !== form) throw notReportError(`a report about ${kind}, not about ${form}`);
}

function readAny(source: string, { kind, scanned }: ReportOrigin): Omit<ParsedReport, 'sha256'> {
  if (/^\s*\{"SourceMetadata"/.test(source)) {
    expectKind(kind, 'secrets');
    return readTrufflehog(parseLines(source));
  }
  const value = parseJson(source, { maxBytes: 512 * 1024 * 1024, maxDepth: 200 });
  if (Array.isArray(value)) {
    expectKind(kind, 'secrets');
    const entries = findingsList(value, 'a list of findings');
    const lint = entries.length > 0 && entries.every((entry) => 'messages' in entry);
    return lint ? readSecretlint(entries) : readGitleaks(entries);
  }
  if (!isMembers(value)) throw notReportError('a report');
  if ('runs' in value) return readSarif(value);
  if (value.bomFormat === 'CycloneDX' || Array.isArray(value.results)) {
    expectKind(kind, 'dependencies');
    return value.bomFormat === 'CycloneDX' ? readCycloneDx(value, scanned) : readOsvScanner(value);
  }
  throw notReportError('SARIF 2.1.0, OSV, CycloneDX or gitleaks JSON');
}

/**
 * Reads the report of another tool: SARIF 2.1.0, osv-scanner JSON, CycloneDX with vulnerabilities,
 * gitleaks, trufflehog or secretlint JSON. Only rules and places are taken from it.
 *
 * @throws {GateError} `GATE_INPUT_INVALID` for an empty report, or one of none of these forms.
 */
export function parseReport(bytes: Uint8Array, name: string, origin: ReportOrigin): ParsedReport {
  const invalidError = (why: string, cause?: unknown): GateError =>
    new GateError('GATE_INPUT_INVALID', `${name}: ${why}`, { details: { file: name }, cause });
  if (bytes.length === 0) throw invalidError('the report is empty');
  try {
    const parsed = readAny(fromUtf8(bytes), origin);
    if (parsed.findings.length > MAX_FINDINGS) throw invalidError('too many findings');
    return { ...parsed, sha256: toHex(sha256(bytes)) };
  } catch (cause) {
    if (GateError.is(cause)) throw invalidError(cause.message, cause);
    throw invalidError('the report cannot be read', cause);
  }
}
