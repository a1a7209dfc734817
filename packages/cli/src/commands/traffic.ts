import { basename, extname, resolve } from 'node:path';
import { createIds } from '@spanforge/core-events';
import type { PolicyBundle } from '@spanforge/policy';
import type { RecordedTrial, TrialScope } from '@spanforge/policy-rollout';
import { z } from 'zod';
import type { StateOption } from '../command.js';
import { CliError } from '../error.js';
import { exists } from '../files/read.js';
import { beginNewFile } from '../files/write.js';
import type { CommandIo } from '../io.js';
import { createProgress } from '../output/progress.js';
import { createDecisionLines, type DecisionLines } from '../runs/decision-lines.js';
import type { PartedLog } from '../runs/replay-parted.js';
import {
  type LogFilter,
  type OnRead,
  type Traffic,
  trafficOfLog,
  trafficOfRuns,
} from '../runs/traffic.js';
import { workspacePaths } from '../workspace/config.js';
import type { Workspace } from '../workspace/workspace.js';
import { stateFolder, withEvidence, withWorkspace } from './with-workspace.js';

/** Options of a command over recorded traffic. */
export interface TrafficArguments extends StateOption {
  /** A runs file; default the evidence log of the workspace. */
  readonly runs?: string;
  /** The file for the decisions; `report` is the older name of the option. */
  readonly output?: string;
  readonly report?: string;
  readonly at?: string;
  readonly agent?: string;
  readonly actor?: string;
  readonly tenant?: string;
  readonly trace?: string;
  readonly application?: string;
  readonly anyEnvironment?: boolean;
  readonly strict?: boolean;
}

const instant = z.iso.datetime({ offset: true });

/** The time at which calls are judged. @throws {CliError} `CLI_USAGE`. */
export function timeOf(at: string | undefined, bundle: PolicyBundle): number {
  if (at === undefined) return bundle.effectiveAtMs;
  if (instant.safeParse(at).success) return Date.parse(at);
  throw new CliError('CLI_USAGE', '--at: expected a time such as 2026-11-01T00:00:00Z');
}

/** The path of a report, which must not be a file that is read. @throws {CliError} `CLI_USAGE`. */
export function outputPath(
  io: CommandIo,
  option: string,
  name: string,
  inputs: readonly (string | undefined)[],
): string {
  if (name === '-') throw new CliError('CLI_USAGE', `${option}: expected the name of a file`);
  const path = resolve(io.cwd, name);
  if (inputs.some((input) => input !== undefined && resolve(io.cwd, input) === path)) {
    throw new CliError(
      'CLI_USAGE',
      `${option}: this command reads or writes this file for another purpose; give another file`,
    );
  }
  return path;
}

/** The default name of a report: from the bundle, and from what was done. */
export function reportName(bundleFile: string, what: string): string {
  return `${basename(bundleFile, extname(bundleFile))}.${what}.jsonl`;
}

/** Refuses options of the log together with a runs file, and the other way round. */
function checkOptions(options: TrafficArguments): void {
  const { runs, at, agent, actor, tenant, trace, application } = options;
  const stray = runs === undefined ? { at, agent, actor } : { tenant, trace, application };
  const [name] = Object.entries(stray).find(([, value]) => value !== undefined) ?? [];
  if (name === undefined) return;
  const where = runs === undefined ? 'a runs file' : 'the evidence log';
  throw new CliError('CLI_USAGE', `--${name}: only where ${where} is replayed`);
}

/** The result of trying a bundle, before its report has got its final name. */
export interface Tried<Report> {
  readonly report: Report;
  readonly inputSha256: string;
  readonly reportSha256: string;
  readonly source: Traffic['source'];
}

/** One run over recorded traffic: what it does with it, and how it is recorded. */
export interface TrafficJob<Report> {
  readonly bundle: PolicyBundle;
  readonly label: string;
  readonly report: string;
  /** A second file, made from the report. */
  readonly page?: { readonly path: string; readonly render: (report: Report) => string };
  readonly run: (traffic: Traffic, lines: DecisionLines) => Promise<Report>;
  /** Does the same for a log in several threads; undefined where one does it as well. */
  readonly parted?: (log: PartedLog) => Promise<InParts<Report> | undefined>;
  readonly record: (report: Report, scope: TrialScope) => Promise<RecordedTrial>;
}

/** What several threads have found. */
export interface InParts<Report> {
  readonly report: Report;
  readonly inputSha256: string;
  readonly threads: number;
}

/** The end of such a run. */
export interface TrafficDone<Report> extends Tried<Report> {
  readonly record: RecordedTrial | undefined;
}

/**
 * Reads traffic once, through a job. The files get their final names when they are complete and, if
 * there is a workspace, when the run is on record.
 */
export async function overTraffic<Report extends { readonly decisions: number }>(
  io: CommandIo,
  options: TrafficArguments,
  job: TrafficJob<Report>,
): Promise<TrafficDone<Report>> {
  checkOptions(options);
  const { config } = workspacePaths(stateFolder(io, options.state));
  const { runs, state } = options;
  const needed = runs === undefined || state !== undefined || (await exists(config));
  if (needed) return withWorkspace(io, state, (workspace) => perform(io, options, job, workspace));
  const done = await perform(io, options, job, undefined);
  io.stderr.write('not recorded: there is no workspace here; make one with: spanforge init\n');
  return done;
}

/** Reads traffic once, without recording anything. */
export async function withTraffic<T>(
  io: CommandIo,
  options: TrafficArguments,
  bundle: PolicyBundle,
  label: string,
  use: (traffic: Traffic) => Promise<T>,
): Promise<T> {
  checkOptions(options);
  const progress = createProgress(label, io.stderr);
  const read = (workspace: Workspace | undefined): Promise<T> =>
    use(open(io, options, bundle, workspace, progress.update));
  try {
    return options.runs === undefined
      ? await withEvidence(io, options.state, read)
      : await read(undefined);
  } finally {
    progress.end();
  }
}

async function perform<Report extends { readonly decisions: number }>(
  io: CommandIo,
  options: TrafficArguments,
  job: TrafficJob<Report>,
  workspace: Workspace | undefined,
): Promise<TrafficDone<Report>> {
  const file = await beginNewFile(job.report);
  const page =
    job.page &&
    (await beginNewFile(job.page.path).catch(async (cause) => {
      await file.discard();
      throw cause;
    }));
  const progress = createProgress(job.label, io.stderr);
  try {
    const traffic = open(io, options, job.bundle, workspace, progress.update);
    const lines = createDecisionLines(file);
    const began = performance.now();
    const parted = await inParts(options, job, workspace, lines, progress.update);
    const report = parted?.report ?? (await job.run(traffic, lines));
    const seconds = (performance.now() - began) / 1000;
    const reportSha256 = await lines.end();
    const inputSha256 = parted?.inputSha256 ?? traffic.inputDigest();
    const tried = { report, inputSha256, reportSha256, source: traffic.source };
    progress.end();
    tellRate(io, report.decisions, seconds, parted?.threads);
    const record = workspace && (await putOnRecord(io, workspace, job, tried));
    if (job.page) await page?.append(job.page.render(report));
    await page?.commit();
    await file.commit();
    return { ...tried, record };
  } finally {
    progress.end();
    await page?.discard();
    await file.discard();
  }
}

function open(
  io: CommandIo,
  options: TrafficArguments,
  bundle: PolicyBundle,
  workspace: Workspace | undefined,
  onRead: (done: number, total: number) => void,
): Traffic {
  const { runs, at, agent = 'recorded', actor = 'recorded' } = options;
  if (runs !== undefined) {
    const setting = { time: timeOf(at, bundle), agent, actor };
    return trafficOfRuns(resolve(io.cwd, runs), bundle, setting, onRead);
  }
  if (workspace === undefined) throw new Error('unreachable: a log is read from a workspace');
  return trafficOfLog(workspace.log, filterOf(options), onRead);
}

function filterOf({ tenant, trace, application }: TrafficArguments): LogFilter {
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(trace === undefined ? {} : { trace }),
    ...(application === undefined ? {} : { application }),
  };
}

async function inParts<Report>(
  options: TrafficArguments,
  { parted }: TrafficJob<Report>,
  workspace: Workspace | undefined,
  lines: DecisionLines,
  onRead: OnRead,
) {
  if (options.runs !== undefined || workspace === undefined) return undefined;
  const { log: reader, paths } = workspace;
  return parted?.({ reader, root: paths.root, filter: filterOf(options), lines, onRead });
}

function tellRate(io: CommandIo, decisions: number, seconds: number, threads?: number): void {
  const rate = Math.round(decisions / Math.max(seconds, 1e-9));
  const by = threads === undefined ? '' : `, ${threads} threads`;
  io.stderr.write(`${decisions} decisions in ${seconds.toFixed(2)} s: ${rate} a second${by}\n`);
}

function putOnRecord<Report>(
  io: CommandIo,
  { log, config }: Workspace,
  { bundle, record }: TrafficJob<Report>,
  { report, source, inputSha256, reportSha256 }: Tried<Report>,
): Promise<RecordedTrial> {
  const run = createIds()();
  const context = {
    tenant: config.tenant,
    project: config.project,
    env: bundle.environment,
    run,
    traceId: run,
    agent: 'spanforge-cli',
    actor: 'operator',
    source: `spanforge-cli@${io.version}`,
  };
  return record(report, { recorder: log, context, source, inputSha256, reportSha256 });
}

/** The lines under the tables: the files and the record. */
export function placesOf(
  { reportSha256, record }: TrafficDone<unknown>,
  report: string,
  page?: string,
): readonly string[] {
  return [
    '',
    `report  ${report}`,
    `sha256  ${reportSha256}`,
    ...(page === undefined ? [] : [`page    ${page}`]),
    ...(record ? [`record  ${record.id} at ${record.index}`] : []),
  ];
}
