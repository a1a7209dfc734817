import { resolve } from 'node:path';
import { type FsckReport, fsck } from '@spanforge/core-events/log';
import { validateV1 } from '@spanforge/core-events/records';
import {
  createNoteVerifier,
  importVerificationKey,
  parseJson,
  parseJwks,
  toVerificationKey,
  type VerificationKey,
} from '@spanforge/core-signing';
import {
  type DatasetComplianceReport,
  type ReportVerification,
  reportSubject,
  verifyReport,
} from '@spanforge/validate';
import type { Command } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { createProgress } from '../output/progress.js';
import { toWire } from '../output/wire.js';
import type { Workspace } from '../workspace/workspace.js';
import { readTrustedKeys } from './trusted-keys.js';
import { withEvidence } from './with-workspace.js';

interface HealthArguments extends StateOption {
  readonly report?: string;
  readonly key?: readonly string[];
  readonly strict?: boolean;
}

/** The state of the log, and the place of the report's record in it. */
interface LogHealth {
  readonly fsck: FsckReport;
  readonly record: { readonly id: string; readonly index: number } | undefined;
}

const MAX_REPORT_BYTES = 8 * 1024 * 1024;

function keysIn(text: string): readonly VerificationKey[] {
  if (!text.startsWith('{')) {
    throw new CliError(
      'CLI_USAGE',
      '--key: expected a JWK or JWK Set; a vkey verifies checkpoints, not reports',
    );
  }
  const value = parseJson(text);
  const isSet = typeof value === 'object' && value !== null && 'keys' in value;
  return isSet ? parseJwks(text) : [importVerificationKey(value)];
}

async function trustedKeys(
  io: CommandIo,
  path: string,
  files: readonly string[],
): Promise<readonly VerificationKey[]> {
  // A log key in a published set signs only checkpoints.
  return (await readTrustedKeys(io, files, path))
    .flatMap(keysIn)
    .filter(({ role = 'package' }) => role === 'package');
}

async function checkLog(
  io: CommandIo,
  { log, store, mark, keys, config }: Workspace,
  report: DatasetComplianceReport | undefined,
): Promise<LogHealth> {
  const progress = createProgress('fsck', io.stderr);
  try {
    const logKey = createNoteVerifier(config.origin, toVerificationKey(keys.log));
    const checked = await fsck({
      ...{ log, mark, logKey, counters: store.counters },
      onProgress: progress.update,
    });
    if (report === undefined) return { fsck: checked, record: undefined };
    const subject = reportSubject(report);
    const { records } = await log.query({ types: [validateV1.key], subject, limit: 1 });
    const [found] = records;
    return { fsck: checked, record: found && { id: found.id, index: found.index } };
  } finally {
    progress.end();
  }
}

const REPORT_EXIT: Readonly<Record<'untrusted' | 'invalid' | 'unsupported', ExitCode>> = {
  invalid: EXIT.failed,
  untrusted: EXIT.incomplete,
  unsupported: EXIT.incomplete,
};

const STATUS_EXIT: Readonly<Record<DatasetComplianceReport['status'], ExitCode>> = {
  passed: EXIT.ok,
  failed: EXIT.failed,
  not_assessed: EXIT.incomplete,
};

function exitCodes(
  report: ReportVerification | undefined,
  log: LogHealth | undefined,
  strict: boolean,
): readonly ExitCode[] {
  const codes: ExitCode[] = [];
  if (report !== undefined) codes.push(report.ok ? EXIT.ok : REPORT_EXIT[report.reason]);
  if (report?.ok && strict) codes.push(STATUS_EXIT[report.report.status]);
  if (log !== undefined) {
    const { findings } = log.fsck;
    if (findings.some(({ severity }) => severity === 'error')) codes.push(EXIT.failed);
    else if (findings.length > 0) codes.push(EXIT.incomplete);
    if (report?.ok && log.record === undefined) codes.push(EXIT.incomplete);
  }
  return codes;
}

/** The worst exit code: a failure counts more than something incomplete. */
function worst(codes: readonly ExitCode[]): ExitCode {
  if (codes.includes(EXIT.failed)) return EXIT.failed;
  return codes.includes(EXIT.incomplete) ? EXIT.incomplete : EXIT.ok;
}

function describeReport(report: ReportVerification, log: LogHealth | undefined): readonly string[] {
  if (!report.ok) return [`report  ${report.reason.toUpperCase()}: ${report.detail}`];
  const { clauses, dataset, status } = report.report;
  return [
    `report  VALID, signed by ${report.signers.join(', ')}`,
    `        ${dataset.name}, ${dataset.records} records, sha256 ${dataset.sha256}: ${status}`,
    ...clauses.map((one) => `        ${one.status}: ${one.article} ${one.title}: ${one.detail}`),
    ...(log === undefined
      ? []
      : [
          log.record === undefined
            ? 'record  not in this log'
            : `record  ${log.record.id} at ${log.record.index}`,
        ]),
  ];
}

function describeLog({ fsck: { size, root, findings } }: LogHealth): readonly string[] {
  return [
    `log     ${size} records, root ${root}`,
    ...(findings.length === 0
      ? ['        clean']
      : findings.map(({ severity, code, index, message }) => {
          const place = index === undefined ? '' : ` at ${index}`;
          return `        ${severity}${place}: ${code}: ${message}`;
        })),
  ];
}

/**
 * `spanforge audit check-health`: verifies a signed report and the log that records it. Skips the
 * log if keys are given and no workspace is named.
 */
export async function auditCheckHealth(
  io: CommandIo,
  { report: name, key = [], state, strict = false }: HealthArguments,
): Promise<CommandResult> {
  const path = name === undefined ? undefined : resolve(io.cwd, name);
  const text = path === undefined ? undefined : await readText(path, MAX_REPORT_BYTES);
  const given = path === undefined ? [] : await trustedKeys(io, path, key);
  if (path === undefined && key.length > 0) {
    throw new CliError('CLI_USAGE', '--key: only together with --report');
  }
  const verify = async (keys: readonly VerificationKey[]) =>
    text === undefined ? undefined : await verifyReport(text, { keys });
  const alone = path !== undefined && key.length > 0 && state === undefined;
  const [report, log] = alone
    ? ([await verify(given), undefined] as const)
    : await withEvidence(io, state, async (workspace) => {
        const own = workspace.keys.packages.map(toVerificationKey);
        const verified = await verify(key.length > 0 ? given : own);
        const about = verified?.ok ? verified.report : undefined;
        return [verified, await checkLog(io, workspace, about)] as const;
      });
  const exitCode = worst(exitCodes(report, log, strict));
  const words = {
    [EXIT.ok]: 'healthy',
    [EXIT.failed]: 'NOT HEALTHY',
    [EXIT.incomplete]: 'incomplete',
  };
  return {
    exitCode,
    text: [
      ...(report === undefined ? [] : describeReport(report, log)),
      ...(log === undefined ? [] : describeLog(log)),
      words[exitCode as 0 | 1 | 3],
    ].join('\n'),
    json: toWire({
      healthy: exitCode === EXIT.ok,
      report: report ?? null,
      log: log === undefined ? null : { ...log.fsck, record: log.record ?? null },
    }),
  };
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  value,
];

/** Adds `check-health` under `audit`. */
export function addCheckHealthCommand(parent: Command, act: Act): void {
  addStateCommand(parent, 'check-health', 'verify a signed data set report and the log it is in')
    .option('--report <file>', 'a report that `spanforge validate --output` wrote')
    .option('--key <file>', 'a file with a trusted key, as JWK or JWKS; repeatable', collect)
    .option('--strict', 'also fail for clauses that failed or were not assessed')
    .action(act(auditCheckHealth));
}
