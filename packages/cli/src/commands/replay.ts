import { basename, resolve } from 'node:path';
import { createIds } from '@spanforge/core-events';
import { compileBundle, type PolicyBundle } from '@spanforge/policy';
import { type RecordedTrial, recordRunsReplay } from '@spanforge/policy-rollout';
import type { StateOption } from '../command.js';
import { CliError } from '../error.js';
import { exists } from '../files/read.js';
import { readBundle } from '../files/read-bundle.js';
import { beginNewFile, type PendingFile } from '../files/write.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { createProgress } from '../output/progress.js';
import { type ReplayedFile, replayFile } from '../runs/replay-file.js';
import { createReplayer } from '../runs/replayer.js';
import { workspacePaths } from '../workspace/config.js';
import type { Workspace } from '../workspace/workspace.js';
import { policyReplayCompare, type ReplayCompareArguments } from './replay-compare.js';
import { timeOf } from './traffic.js';
import { stateFolder, withWorkspace } from './with-workspace.js';

/** Options of `spanforge policy replay`. */
export interface ReplayArguments extends ReplayCompareArguments {
  /** The bundle, if it is not given as an argument. */
  readonly policy?: string;
}

/** Options of replaying a runs file with one bundle. */
interface RunsArguments extends StateOption {
  readonly runs: string;
  readonly policy: string;
  readonly report?: string;
  /** RFC 3339: the time at which all calls are judged; default the bundle's `effective_at`. */
  readonly at?: string;
  readonly agent?: string;
  readonly actor?: string;
}

interface Job {
  readonly runs: string;
  readonly report: string;
  readonly bundle: PolicyBundle;
  readonly time: number;
  readonly agent: string;
  readonly actor: string;
}

function reportPath(io: CommandIo, { runs, policy, report }: RunsArguments): string {
  if (report === '-') throw new CliError('CLI_USAGE', '--report: expected the name of a file');
  const name = report ?? `${basename(runs).replace(/\.jsonl$/, '')}.replay.jsonl`;
  const path = resolve(io.cwd, name);
  if ([runs, policy].some((input) => resolve(io.cwd, input) === path)) {
    throw new CliError('CLI_USAGE', '--report: expected a file that the replay does not read');
  }
  return path;
}

async function readJob(io: CommandIo, options: RunsArguments): Promise<Job> {
  const report = reportPath(io, options);
  const bundle = await readBundle(resolve(io.cwd, options.policy));
  const { agent = 'recorded', actor = 'recorded' } = options;
  const time = timeOf(options.at, bundle);
  return { runs: resolve(io.cwd, options.runs), report, bundle, time, agent, actor };
}

async function replayInto(io: CommandIo, file: PendingFile, job: Job): Promise<ReplayedFile> {
  const { bundle, time, agent, actor } = job;
  const replayer = createReplayer({ decider: compileBundle(bundle), time, agent, actor });
  const progress = createProgress('replay', io.stderr);
  try {
    return await replayFile(job.runs, file, replayer, progress.update);
  } finally {
    progress.end();
  }
}

function record(
  io: CommandIo,
  { log, config }: Workspace,
  { bundle, agent, actor }: Job,
  { totals, inputSha256, reportSha256 }: ReplayedFile,
): Promise<RecordedTrial> {
  const { tenant, project } = config;
  const run = createIds()();
  const source = `spanforge-cli@${io.version}`;
  const place = { tenant, project, env: bundle.environment, run, traceId: run };
  const context = { ...place, agent, actor, source };
  const { policyId: id, version, digest } = bundle;
  return recordRunsReplay(
    { policy: { id, version, digest }, ...totals },
    { recorder: log, context, inputSha256, reportSha256 },
  );
}

/** The report gets its final name when it is complete and, if there is a workspace, on record. */
async function perform(
  io: CommandIo,
  job: Job,
  workspace: Workspace | undefined,
): Promise<{ readonly replayed: ReplayedFile; readonly recorded: RecordedTrial | undefined }> {
  const file = await beginNewFile(job.report);
  try {
    const replayed = await replayInto(io, file, job);
    const recorded = workspace && (await record(io, workspace, job, replayed));
    await file.commit();
    return { replayed, recorded };
  } finally {
    await file.discard();
  }
}

/** The decisions of one bundle about a runs file. */
async function replayRuns(io: CommandIo, options: RunsArguments): Promise<CommandResult> {
  const job = await readJob(io, options);
  const { config } = workspacePaths(stateFolder(io, options.state));
  const recording = options.state !== undefined || (await exists(config));
  const { replayed, recorded } = recording
    ? await withWorkspace(io, options.state, (workspace) => perform(io, job, workspace))
    : await perform(io, job, undefined);
  if (!recorded) {
    io.stderr.write('not recorded: there is no workspace here; make one with: spanforge init\n');
  }
  const { byTool, byRule, ...totals } = replayed.totals;
  return {
    exitCode: EXIT.ok,
    text: [
      replayed.tables,
      '',
      `report  ${job.report}`,
      `sha256  ${replayed.reportSha256}`,
      ...(recorded ? [`record  ${recorded.id} at ${recorded.index}`] : []),
    ].join('\n'),
    json: {
      ...totals,
      by_tool: byTool,
      by_rule: byRule,
      report: job.report,
      report_sha256: replayed.reportSha256,
      record: recorded ?? null,
    },
  };
}

/**
 * `spanforge policy replay`: applies a bundle to recorded traffic, without running any tool.
 *
 * A runs file contains no decisions: without a baseline there is nothing to compare with.
 */
export function policyReplay(
  io: CommandIo,
  options: ReplayArguments,
  argument: string,
): Promise<CommandResult> {
  const { policy = argument, runs, baseline, html, output } = options;
  if (policy === '' || (argument !== '' && options.policy !== undefined)) {
    throw new CliError('CLI_USAGE', 'name one bundle: spanforge policy replay <bundle>');
  }
  if (runs !== undefined && options.threads !== undefined) {
    throw new CliError('CLI_USAGE', '--threads: only where the evidence log is replayed');
  }
  if (runs === undefined || baseline !== undefined) {
    return policyReplayCompare(io, options, policy);
  }
  if (html !== undefined) {
    throw new CliError(
      'CLI_USAGE',
      '--html: only with --baseline, or when replaying the evidence log',
    );
  }
  const report = output ?? options.report;
  return replayRuns(io, { ...options, runs, policy, ...(report === undefined ? {} : { report }) });
}
