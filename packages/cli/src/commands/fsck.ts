import { EventsError } from '@spanforge/core-events';
import { type FsckReport, fsck } from '@spanforge/core-events/log';
import { createNoteVerifier, toVerificationKey } from '@spanforge/core-signing';
import { auditLog, type TraceAudit, type ValueAudit, visible } from '@spanforge/operator';
import type { StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { createProgress } from '../output/progress.js';
import { toWire } from '../output/wire.js';
import { readEarlierLogKeys } from '../workspace/key-records.js';
import type { Workspace } from '../workspace/workspace.js';
import { erasedSubjects } from './audit-rederive.js';
import { withEvidence } from './with-workspace.js';

/** Everything that was found out about a log. */
export interface LogExamination {
  readonly report: FsckReport;
  readonly traces: TraceAudit;
  readonly values: ValueAudit;
}

function exitCodeOf({ report: { findings }, traces, values }: LogExamination): ExitCode {
  const wrong = findings.some(({ severity }) => severity === 'error');
  if (wrong || traces.violationCount > 0 || values.missingCount > 0) return EXIT.failed;
  return findings.length > 0 ? EXIT.incomplete : EXIT.ok;
}

/** A line for each value that is gone without a record of it, some of them. */
export function describeMissing({ missing, missingCount }: ValueAudit): readonly string[] {
  const lines = missing.map(
    ({ index, traceId, name }) =>
      `missing at ${index} in trace ${visible(traceId)}: value_missing: ${visible(name)} is gone, and its removal is not on record`,
  );
  const more = missingCount - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more missing values`] : [])];
}

function describe({ report, traces, values }: LogExamination): string {
  const head = [
    `records      ${report.size}`,
    `root         ${report.root}`,
    `checkpoints  ${report.checkpoints}`,
    ...(values.erased > 0 ? [`erased       ${values.erased} values, on record`] : []),
  ];
  const findings = report.findings.map(({ severity, code, index, message }) => {
    const place = index === undefined ? '' : ` at ${index}`;
    return `${severity}${place}: ${code}: ${message}`;
  });
  const violations = traces.violations.map(
    ({ traceId, index, code, message }) =>
      `violation at ${index} in trace ${visible(traceId)}: ${code}: ${visible(message)}`,
  );
  const more = traces.violationCount - violations.length;
  const lines = [
    ...[...findings, ...violations, ...(more > 0 ? [`and ${more} more violations`] : [])],
    ...(traces.unreadable > 0
      ? [
          `not judged: the calls and values of ${traces.unreadable} records, for not all can be read`,
        ]
      : []),
    ...describeMissing(values),
  ];
  return [...head, ...(lines.length > 0 ? lines : ['clean'])].join('\n');
}

/** Reads a whole log, and checks the calls in all its traces, and whether its values are there. */
export async function examine(
  workspace: Workspace,
  onProgress?: (done: number, total: number) => void,
): Promise<LogExamination> {
  const { log, store, mark, keys, config, paths } = workspace;
  const progress = onProgress ? { onProgress } : {};
  const logKey = createNoteVerifier(config.origin, toVerificationKey(keys.log));
  const earlierLogKeys = await readEarlierLogKeys(paths, config.origin, keys.log.kid);
  const parts = { log, mark, logKey, earlierLogKeys, counters: store.counters };
  const report = await fsck({ ...parts, ...progress });
  const judge = async () => auditLog(log, { ...progress, ...(await erasedSubjects(workspace)) });
  return { report, ...(await judge().catch((error: unknown) => notJudged(report, error))) };
}

/** Where a row cannot be read, calls and values are not judged; the report of the log names the row. */
function notJudged(report: FsckReport, error: unknown): Omit<LogExamination, 'report'> {
  const isDamage = EventsError.is(error) && error.code === 'EVENTS_STORE_INVALID';
  if (!isDamage || !report.findings.some(({ severity }) => severity === 'error')) throw error;
  return {
    traces: { records: 0, unreadable: report.size, violations: [], violationCount: 0 },
    values: { committed: 0, erased: 0, missingCount: 0, missing: [] },
  };
}

/** `spanforge audit fsck`: checks the whole log of a workspace, record by record. */
export async function auditFsck(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  const examined = await withEvidence(io, state, async (workspace) => {
    const progress = createProgress('fsck', io.stderr);
    try {
      return await examine(workspace, progress.update);
    } finally {
      progress.end();
    }
  });
  const { report, traces, values } = examined;
  const first = report.findings.find(({ severity }) => severity === 'error');
  const firstBad = first && { index: first.index, reason: first.code };
  return {
    exitCode: exitCodeOf(examined),
    text: describe(examined),
    json: toWire({ ...report, traces, values, ...(firstBad ? { firstBad } : {}) }),
  };
}
