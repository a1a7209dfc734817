import { extname, resolve } from 'node:path';
import { createIds } from '@spanforge/core-events';
import {
  createValidate,
  type DatasetComplianceReport,
  type DatasetFormat,
  type DesignChoices,
  type ReportFormat,
  reportToWire,
  scanDatasetCompliance,
  signReport,
  ValidateError,
} from '@spanforge/validate';
import { openDataset } from '@spanforge/validate/node';
import { type AddCommands, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { exists } from '../files/read.js';
import { beginFile, type PendingFile } from '../files/write.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { createProgress } from '../output/progress.js';
import { formatTable } from '../output/table.js';
import { workspacePaths } from '../workspace/config.js';
import type { Workspace } from '../workspace/workspace.js';
import { stateFolder, withWorkspace } from './with-workspace.js';

interface ValidateArguments extends StateOption {
  readonly dataset: string;
  readonly format?: string;
  readonly output?: readonly string[];
  readonly purpose?: string;
  readonly assumptions?: string;
}

const FORMATS: readonly string[] = ['jsonl', 'json', 'csv', 'text'];
const OUTPUTS: Readonly<Record<string, ReportFormat>> = {
  '.json': 'json',
  '.md': 'markdown',
  '.html': 'html',
};
const EXIT_CODES: Readonly<Record<DatasetComplianceReport['status'], ExitCode>> = {
  passed: EXIT.ok,
  failed: EXIT.failed,
  not_assessed: EXIT.incomplete,
};

interface Output {
  readonly path: string;
  readonly format: ReportFormat;
}

function outputsOf(io: CommandIo, { dataset, output = [] }: ValidateArguments): readonly Output[] {
  return output.map((name) => {
    const format = OUTPUTS[extname(name).toLowerCase()];
    const path = resolve(io.cwd, name);
    if (format === undefined) {
      throw new CliError('CLI_USAGE', '--output: expected a name that ends in .json, .md or .html');
    }
    if (path === resolve(io.cwd, dataset)) {
      throw new CliError('CLI_USAGE', '--output: expected another file than the data set');
    }
    return { path, format };
  });
}

function formatOf({ format }: ValidateArguments): DatasetFormat | undefined {
  if (format === undefined || FORMATS.includes(format)) return format as DatasetFormat | undefined;
  throw new CliError('CLI_USAGE', `--format: expected ${FORMATS.join(', ')}`);
}

function designOf({ purpose, assumptions }: ValidateArguments): DesignChoices | undefined {
  if (purpose === undefined && assumptions === undefined) return undefined;
  return { purpose: purpose ?? '', assumptions: assumptions ?? '' };
}

function asCliError(path: string, error: unknown): unknown {
  if (!ValidateError.is(error)) return error;
  const code =
    error.code === 'VALIDATE_INPUT_UNREADABLE'
      ? 'CLI_FILE_UNREADABLE'
      : error.code.startsWith('VALIDATE_INPUT_')
        ? 'CLI_INPUT_INVALID'
        : undefined;
  if (code === undefined) return error;
  const details = { file: path, ...error.details };
  return new CliError(code, `${path}: ${error.message}`, { details, cause: error });
}

async function scan(io: CommandIo, options: ValidateArguments): Promise<DatasetComplianceReport> {
  const path = resolve(io.cwd, options.dataset);
  const format = formatOf(options);
  const design = designOf(options);
  const progress = createProgress('validate', io.stderr);
  try {
    const file = await openDataset(path, format === undefined ? {} : { format });
    return await scanDatasetCompliance(file, {
      onProgress: (bytes) => progress.update(bytes, Math.max(bytes, file.size)),
      ...(design === undefined ? {} : { design }),
    });
  } catch (error) {
    throw asCliError(path, error);
  } finally {
    progress.end();
  }
}

async function putOnRecord(
  io: CommandIo,
  { log, config }: Workspace,
  report: DatasetComplianceReport,
): Promise<string> {
  const run = createIds()();
  return createValidate({ recorder: log, reader: log }).recordDataset(report, {
    context: {
      tenant: config.tenant,
      project: config.project,
      env: config.environment,
      ...{ run, traceId: run, agent: 'spanforge-cli', actor: 'operator' },
      source: `spanforge-cli@${io.version}`,
    },
  });
}

/** Files get their final names once the report is on record. */
async function finish(
  io: CommandIo,
  workspace: Workspace,
  report: DatasetComplianceReport,
  outputs: readonly Output[],
): Promise<string> {
  const files: PendingFile[] = [];
  try {
    for (const { path, format } of outputs) {
      const file = await beginFile(path);
      files.push(file);
      await file.append(await signReport(report, { keys: workspace.keys.packages, format }));
    }
    const record = await putOnRecord(io, workspace, report);
    for (const file of files) await file.commit();
    return record;
  } finally {
    for (const file of files) await file.discard();
  }
}

function describe(report: DatasetComplianceReport, places: readonly string[]): string {
  const { dataset, clauses, findings, status } = report;
  const clauseRows = clauses.map(({ article, title, status: came, detail }) => [
    ...[article, title],
    ...[came, detail],
  ]);
  const findingRows = findings.map(({ type, count, confidence, alwaysBlocking }) => [
    ...[type, String(count), confidence.toFixed(2)],
    alwaysBlocking ? 'always' : '',
  ]);
  return [
    `${dataset.name}: ${status}`,
    `${dataset.records} records (${dataset.unreadable} unreadable), ${dataset.tokens} words, ${dataset.bytes} bytes`,
    '',
    formatTable(
      [
        { title: 'article' },
        { title: 'clause' },
        { title: 'result' },
        { title: 'figures', maxWidth: 110 },
      ],
      clauseRows,
    ),
    ...(findingRows.length === 0
      ? ['', 'nothing was found of the kinds that were searched for']
      : [
          '',
          formatTable(
            [
              { title: 'found' },
              { title: 'count', align: 'right' },
              { title: 'confidence', align: 'right' },
              { title: 'blocks' },
            ],
            findingRows,
          ),
        ]),
    ...places,
  ].join('\n');
}

/**
 * `spanforge validate --dataset FILE`: scans a data set, checks it against Article 10, signs the
 * report.
 */
export async function validateDataset(
  io: CommandIo,
  options: ValidateArguments,
): Promise<CommandResult> {
  const outputs = outputsOf(io, options);
  const { config } = workspacePaths(stateFolder(io, options.state));
  const needed = outputs.length > 0 || options.state !== undefined || (await exists(config));
  let report: DatasetComplianceReport;
  let record: string | undefined;
  if (needed) {
    [report, record] = await withWorkspace(io, options.state, async (workspace) => {
      const made = await scan(io, options);
      return [made, await finish(io, workspace, made, outputs)] as const;
    });
  } else {
    report = await scan(io, options);
    io.stderr.write('not recorded: there is no workspace here; make one with: spanforge init\n');
  }
  const places = [
    ...outputs.map(({ path }) => `report  ${path}`),
    ...(record === undefined ? [] : [`record  ${record}`]),
  ];
  return {
    exitCode: EXIT_CODES[report.status],
    text: describe(report, places.length === 0 ? [] : ['', ...places]),
    json: {
      ...reportToWire(report),
      outputs: outputs.map(({ path }) => path),
      record: record ?? null,
    },
  };
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  value,
];

/** `validate`. */
export const addValidateCommands: AddCommands = (root, act) => {
  addStateCommand(root, 'validate', 'check a data set against Article 10 of the EU AI Act')
    .requiredOption('--dataset <file>', 'the data set: JSONL, JSON, CSV or text')
    .option('--format <format>', 'jsonl, json, csv or text, if the file name does not say')
    .option('--output <file>', 'write a signed report: .json, .md or .html; repeatable', collect)
    .option('--purpose <text>', 'the purpose of the data')
    .option('--assumptions <text>', 'what the data are assumed to measure and to represent')
    .action(act(validateDataset));
};
