import { resolve } from 'node:path';
import {
  formatRunGithub,
  formatRunGitlab,
  formatRunJunit,
  formatRunSarif,
  formatRunSummary,
  formatRunText,
  type GateRun,
  runToWire,
  SFGatePipelineError,
} from '@spanforge/gate';
import { CliError } from '../error.js';
import { writeWhole } from '../files/write.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toJson } from '../output/escape.js';
import { type GateArguments, withGate } from './gate-service.js';

/** Options of `gate run`. */
export interface GateRunArguments extends GateArguments {
  readonly var?: readonly string[];
  readonly payload?: string;
  readonly format?: string;
  readonly report?: readonly string[];
}

type Format = (run: GateRun) => string;

const FORMATS: Readonly<Record<string, Format>> = {
  text: formatRunText,
  json: (run) => `${toJson(runToWire(run))}\n`,
  sarif: formatRunSarif,
  junit: formatRunJunit,
  gitlab: formatRunGitlab,
  github: formatRunGithub,
  'github-summary': formatRunSummary,
};

function formatOf(name: string, option: string): Format {
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format !== undefined) return format;
  throw new CliError('CLI_USAGE', `${option}: expected ${Object.keys(FORMATS).join(', ')}`);
}

function variablesOf(given: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((pair) => {
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(pair) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      throw new CliError('CLI_USAGE', '--var: expected name=value');
    }),
  );
}

function reportsOf(io: CommandIo, given: readonly string[] = []) {
  return given.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1 || at === pair.length - 1)
      throw new CliError('CLI_USAGE', '--report: expected form=file');
    const path = resolve(io.cwd, pair.slice(at + 1));
    return { path, format: formatOf(pair.slice(0, at), '--report') };
  });
}

/** Runs a pipeline; a blocked run is returned like any other. */
export async function runPipeline(run: () => Promise<GateRun>): Promise<GateRun> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof SFGatePipelineError) return error.run;
    throw error;
  }
}

/**
 * `spanforge gate run PIPELINE`: exits with 0 if the release may go on, with 1 if it is blocked.
 */
export async function runGatePipeline(
  io: CommandIo,
  options: GateRunArguments,
  path: string,
): Promise<CommandResult> {
  const print = formatOf(options.format ?? 'text', '--format');
  const reports = reportsOf(io, options.report);
  const vars = variablesOf(options.var);
  const run = await withGate(io, options, (gate) =>
    runPipeline(() =>
      gate.runPipeline(path, {
        vars,
        ...(options.projectId === undefined ? {} : { projectId: options.projectId }),
        ...(options.payload === undefined ? {} : { payload: resolve(io.cwd, options.payload) }),
      }),
    ),
  );
  for (const { path: file, format } of reports) await writeWhole(file, format(run));
  const blocked = run.failed > 0 || run.verdict === 'INCONCLUSIVE';
  return {
    exitCode: blocked ? EXIT.failed : EXIT.ok,
    text: print(run).trimEnd(),
    json: runToWire(run),
  };
}
