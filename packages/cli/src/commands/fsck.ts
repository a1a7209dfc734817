import { type FsckReport, fsck } from '@spanforge/core-events/log';
import { createNoteVerifier, toVerificationKey } from '@spanforge/core-signing';
import type { StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { createProgress } from '../output/progress.js';
import { toWire } from '../output/wire.js';
import { withWorkspace } from './with-workspace.js';

function exitCodeOf({ findings }: FsckReport): ExitCode {
  if (findings.some(({ severity }) => severity === 'error')) return EXIT.failed;
  return findings.length > 0 ? EXIT.incomplete : EXIT.ok;
}

function describe(report: FsckReport): string {
  const head = [
    `records      ${report.size}`,
    `root         ${report.root}`,
    `checkpoints  ${report.checkpoints}`,
  ];
  const findings = report.findings.map(({ severity, code, index, message }) => {
    const place = index === undefined ? '' : ` at ${index}`;
    return `${severity}${place}: ${code}: ${message}`;
  });
  return [...head, ...(findings.length > 0 ? findings : ['clean'])].join('\n');
}

/** `spanforge audit fsck`: reads the whole log of a workspace and checks everything in it. */
export async function auditFsck(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  const report = await withWorkspace(io, state, async ({ log, mark, keys, config }) => {
    const progress = createProgress('fsck', io.stderr);
    try {
      const logKey = createNoteVerifier(config.origin, toVerificationKey(keys.log));
      return await fsck({ log, mark, logKey, onProgress: progress.update });
    } finally {
      progress.end();
    }
  });
  const first = report.findings.find(({ severity }) => severity === 'error');
  const firstBad = first && { index: first.index, reason: first.code };
  return {
    exitCode: exitCodeOf(report),
    text: describe(report),
    json: toWire({ ...report, ...(firstBad ? { firstBad } : {}) }),
  };
}
