import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { createIds } from '@spanforge/core-events';
import { policyReplayV1 } from '@spanforge/core-events/records';
import { fromUtf8 } from '@spanforge/core-signing';
import { compileBundle, type PolicyBundle } from '@spanforge/policy';
import { parseBundleJson, parseBundleYaml } from '@spanforge/policy/yaml';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { createProgress } from '../output/progress.js';
import { readRuns } from '../runs/read-runs.js';
import { type CallOutcome, createReplayer, type Replayer } from '../runs/replayer.js';
import { createTally, type Tally } from '../runs/tally.js';
import { workspacePaths } from '../workspace/config.js';
import { exists, readRegular } from '../workspace/files.js';
import { stateFolder } from './init.js';
import { withWorkspace } from './with-workspace.js';

const MAX_BUNDLE_BYTES = 256 * 1024;

/** What `spanforge policy replay` is told. */
export interface ReplayArguments {
  readonly runs: string;
  readonly policy: string;
  readonly report?: string;
  readonly state?: string;
  /** RFC 3339: the time all calls are judged at; the bundle's `effective_at` when absent. */
  readonly at?: string;
  readonly agent?: string;
  readonly actor?: string;
}

/** Reads a bundle from a YAML or JSON file, once. */
export async function readBundle(path: string): Promise<PolicyBundle> {
  const text = fromUtf8(await readRegular(path, MAX_BUNDLE_BYTES));
  return path.endsWith('.json')
    ? parseBundleJson(text, { file: path })
    : parseBundleYaml(text, { file: path });
}

function timeOf(at: string | undefined, bundle: PolicyBundle): number {
  const time = at === undefined ? bundle.effectiveAtMs : Date.parse(at);
  if (Number.isFinite(time)) return time;
  throw new CliError('CLI_USAGE', '--at: expected a time such as 2026-11-01T00:00:00Z');
}

interface Written {
  readonly tally: Tally;
  readonly inputSha256: string;
  readonly reportSha256: string;
}

async function replayInto(
  file: FileHandle,
  runs: string,
  replayer: Replayer,
  onProgress: (done: number) => void,
): Promise<Written> {
  const [input, report]: [Hash, Hash] = [createHash('sha256'), createHash('sha256')];
  const tally = createTally();
  for await (const run of readRuns(runs, { onChunk: (chunk) => input.update(chunk) })) {
    const lines = replayer.replay(run).map((call: CallOutcome) => {
      tally.add(call);
      const { indeterminate: _, ...line } = call;
      return `${JSON.stringify(line)}\n`;
    });
    tally.endRun();
    const text = lines.join('');
    report.update(text);
    await file.write(text);
    onProgress(run.offset);
  }
  await file.sync();
  return { tally, inputSha256: input.digest('hex'), reportSha256: report.digest('hex') };
}

/** Replays into a file beside the report, which takes its place only when all went well. */
async function writeReport(
  path: string,
  runs: string,
  replayer: Replayer,
  io: CommandIo,
): Promise<Written> {
  const { size } = await stat(runs).catch((cause) => {
    throw new CliError('CLI_FILE_UNREADABLE', `${runs}: cannot be read`, {
      details: { file: runs },
      cause,
    });
  });
  const temporary = `${path}.${process.pid}.next`;
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
  const file = await open(temporary, flags, 0o600).catch((cause) => {
    throw new CliError('CLI_FILE_UNWRITABLE', `${path}: cannot be written`, {
      details: { file: path },
      cause,
    });
  });
  const progress = createProgress('replay', io.stderr);
  try {
    const written = await replayInto(file, runs, replayer, (done) => progress.update(done, size));
    await file.close();
    await rename(temporary, path);
    return written;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  } finally {
    progress.end();
  }
}

function recordBody(bundle: PolicyBundle, { tally, inputSha256, reportSha256 }: Written) {
  const { runs, calls, outcomes, indeterminate, rules } = tally.totals();
  return policyReplayV1.toWire({
    policyDigest: bundle.digest,
    inputSha256,
    reportSha256,
    runs,
    calls,
    outcomes,
    indeterminate,
    rules,
  });
}

/** One record for the whole replay; undefined where there is no workspace to record it in. */
async function record(
  io: CommandIo,
  options: ReplayArguments,
  bundle: PolicyBundle,
  written: Written,
): Promise<{ readonly id: string; readonly index: number } | undefined> {
  const folder = stateFolder(io, options.state);
  if (options.state === undefined && !(await exists(workspacePaths(folder).config)))
    return undefined;
  return withWorkspace(io, options.state, async ({ log, config }) => {
    const run = createIds()();
    const { receipts } = await log.append([
      {
        type: policyReplayV1.key,
        mode: 'replay',
        policy: { id: bundle.policyId, version: bundle.version, digest: bundle.digest },
        context: {
          tenant: config.tenant,
          project: config.project,
          env: bundle.environment,
          run,
          traceId: run,
          agent: options.agent ?? 'recorded',
          actor: options.actor ?? 'recorded',
          source: 'spanforge-cli@1.0.0',
        },
        body: recordBody(bundle, written),
      },
    ]);
    const [receipt] = await receipts;
    return receipt && { id: receipt.id, index: receipt.index };
  });
}

/** `spanforge policy replay`: governs recorded runs by a bundle, without running anything. */
export async function policyReplay(
  io: CommandIo,
  options: ReplayArguments,
): Promise<CommandResult> {
  const bundle = await readBundle(resolve(io.cwd, options.policy));
  const runs = resolve(io.cwd, options.runs);
  const path = resolve(
    io.cwd,
    options.report ?? `${basename(options.runs).replace(/\.jsonl$/, '')}.replay.jsonl`,
  );
  const replayer = createReplayer({
    decider: compileBundle(bundle),
    time: timeOf(options.at, bundle),
    agent: options.agent ?? 'recorded',
    actor: options.actor ?? 'recorded',
  });
  const written = await writeReport(path, runs, replayer, io);
  const recorded = await record(io, options, bundle, written);
  if (!recorded)
    io.stderr.write('not recorded: there is no workspace here; make one with: spanforge init\n');
  const { byTool, byRule, ...totals } = written.tally.totals();
  return {
    exitCode: EXIT.ok,
    text: [
      written.tally.format(),
      '',
      `report  ${path}`,
      `sha256  ${written.reportSha256}`,
      ...(recorded ? [`record  ${recorded.id} at ${recorded.index}`] : []),
    ].join('\n'),
    json: {
      ...totals,
      byTool,
      byRule,
      report: path,
      report_sha256: written.reportSha256,
      record: recorded ?? null,
    },
  };
}
