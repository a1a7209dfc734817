import { type FsckReport, fsck } from '@spanforge/core-events/log';
import { createNoteVerifier, toVerificationKey } from '@spanforge/core-signing';
import { auditTraces, type TraceAudit, visible } from '@spanforge/operator';
import type { StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { createProgress } from '../output/progress.js';
import { toWire } from '../output/wire.js';
import { readEarlierLogKeys } from '../workspace/key-records.js';
import type { Workspace } from '../workspace/workspace.js';
import { withEvidence } from './with-workspace.js';

function exitCodeOf({ findings }: FsckReport, { violationCount }: TraceAudit): ExitCode {
  const wrong = findings.some(({ severity }) => severity === 'error');
  if (wrong || violationCount > 0) return EXIT.failed;
  return findings.length > 0 ? EXIT.incomplete : EXIT.ok;
}

function describe(report: FsckReport, traces: TraceAudit): string {
  const head = [
    `records      ${report.size}`,
    `root         ${report.root}`,
    `checkpoints  ${report.checkpoints}`,
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
  const lines = [...findings, ...violations, ...(more > 0 ? [`and ${more} more violations`] : [])];
  return [...head, ...(lines.length > 0 ? lines : ['clean'])].join('\n');
}

/** Reads a whole log, and checks the calls in all its traces. */
export async function examine(
  { log, store, mark, keys, config, paths }: Workspace,
  onProgress?: (done: number, total: number) => void,
): Promise<readonly [FsckReport, TraceAudit]> {
  const progress = onProgress ? { onProgress } : {};
  const logKey = createNoteVerifier(config.origin, toVerificationKey(keys.log));
  const earlierLogKeys = await readEarlierLogKeys(paths, config.origin, keys.log.kid);
  const parts = { log, mark, logKey, earlierLogKeys, counters: store.counters };
  return [await fsck({ ...parts, ...progress }), await auditTraces(log, progress)];
}

/** `spanforge audit fsck`: checks the whole log of a workspace, record by record. */
export async function auditFsck(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  const [report, traces] = await withEvidence(io, state, async (workspace) => {
    const progress = createProgress('fsck', io.stderr);
    try {
      return await examine(workspace, progress.update);
    } finally {
      progress.end();
    }
  });
  const first = report.findings.find(({ severity }) => severity === 'error');
  const firstBad = first && { index: first.index, reason: first.code };
  return {
    exitCode: exitCodeOf(report, traces),
    text: describe(report, traces),
    json: toWire({ ...report, traces, ...(firstBad ? { firstBad } : {}) }),
  };
}
