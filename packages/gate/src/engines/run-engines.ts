import { lstat } from 'node:fs/promises';
import { sha256, toHex } from '@spanforge/core-signing';
import { GateError } from '../error.js';
import type { EngineRun, ExecutorInput } from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { readRegularFile } from '../files/open-regular.js';
import { type ParsedReport, parseReport, type ReportedFinding } from './report.js';
import { SCANNER_TOOLS, type ScannerTool } from './tools.js';

const MAX_REPORT = 256 * 1024 * 1024;

/** The findings of the other engines of a gate. */
export interface EngineResults {
  readonly builtin: boolean;
  readonly engines: readonly EngineRun[];
  readonly found: readonly { readonly engine: string; readonly finding: ReportedFinding }[];
}

async function runTool(
  tool: ScannerTool,
  { services, signal }: ExecutorInput,
): Promise<{ readonly run: EngineRun; readonly report: readonly ReportedFinding[] }> {
  const where = { cwd: services.root, signal };
  const version = await services.runCommand(tool.version, where);
  const [shown = ''] = Buffer.from(version.stdout).toString('utf8').trim().split('\n');
  const { exitCode, stdout } = await services.runCommand(tool.command, {
    ...where,
    maxBytes: MAX_REPORT,
  });
  if (!tool.finished.includes(exitCode)) {
    throw new GateError('GATE_INPUT_INVALID', `${tool.name} exited with ${exitCode}`);
  }
  const silent = stdout.length === 0 && tool.silentWhenClean === true && exitCode === 0;
  const findings = silent
    ? []
    : parseReport(stdout, tool.name, { kind: tool.kind, scanned: true }).findings;
  const run: EngineRun = {
    ...{ name: tool.name, kind: 'tool', version: shown.slice(0, 128) || 'unknown', exitCode },
    ...{ sha256: toHex(sha256(stdout)), findings: findings.length },
  };
  return { run, report: findings };
}

async function readReport(
  name: string,
  { services }: ExecutorInput,
  { kind, maxAgeMs }: { readonly kind: ScannerTool['kind']; readonly maxAgeMs: number },
): Promise<{ readonly run: EngineRun; readonly report: ParsedReport }> {
  const path = insideRoot(services.root, name);
  const bytes = await readRegularFile(path, MAX_REPORT);
  const ageMs = Math.round(services.clock() - (await lstat(path)).mtimeMs);
  if (ageMs > maxAgeMs) {
    const why = `${name}: the report is ${Math.round(ageMs / 60_000)} minutes old`;
    throw new GateError('GATE_INPUT_INVALID', why, { details: { file: name } });
  }
  const report = parseReport(bytes, name, { kind, scanned: false });
  const run: EngineRun = {
    ...{ name: report.tool, kind: 'report', version: report.version },
    ...{ ageMs: Math.max(0, ageMs), sha256: report.sha256, findings: report.findings.length },
  };
  return { run, report };
}

const asList = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

/**
 * Runs the engines that a gate names and reads the reports it names. A report that is missing, old,
 * empty or unreadable fails the gate, since its findings might be the ones that matter.
 */
export async function runEngines(
  input: ExecutorInput,
  kind: ScannerTool['kind'],
  maxAgeMs: number,
): Promise<EngineResults> {
  const { gate } = input;
  const reports = asList(gate.report);
  const named = asList(gate.engine);
  const engines =
    named.length > 0 ? named : reports.length > 0 ? ['builtin', 'report'] : ['builtin'];
  const runs: EngineRun[] = [];
  const found: { engine: string; finding: ReportedFinding }[] = [];
  for (const name of engines) {
    if (name === 'builtin') continue;
    if (name === 'report') {
      if (reports.length === 0) throw new GateError('GATE_INPUT_INVALID', 'no report is named');
      for (const one of reports) {
        const { run, report } = await readReport(one, input, { kind, maxAgeMs });
        runs.push(run);
        found.push(...report.findings.map((finding) => ({ engine: run.name, finding })));
      }
      continue;
    }
    const tool = SCANNER_TOOLS.find((one) => one.name === name && one.kind === kind);
    if (tool === undefined) throw new GateError('GATE_INPUT_INVALID', `unknown engine ${name}`);
    const { run, report } = await runTool(tool, input);
    runs.push(run);
    found.push(...report.map((finding) => ({ engine: name, finding })));
  }
  return { builtin: engines.includes('builtin'), engines: runs, found };
}
