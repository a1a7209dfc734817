import { formatTrace, isViolation, type TraceReport } from '@spanforge/operator';
import type { StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { toWire } from '../output/wire.js';
import { withEvidence } from './with-workspace.js';
import { workspaceOperator } from './workspace-operator.js';

function exitCodeOf({ status, chain, completeness }: TraceReport): ExitCode {
  if (chain.status === 'broken' || completeness.some(isViolation)) return EXIT.failed;
  return status === 'no_evidence' ? EXIT.incomplete : EXIT.ok;
}

/** `spanforge operator inspect TRACE`: reads, and signs nothing. */
export async function operatorInspect(
  io: CommandIo,
  { state }: StateOption,
  traceId: string,
): Promise<CommandResult> {
  const report = await withEvidence(io, state, (workspace) =>
    workspaceOperator(workspace).inspectTrace(traceId),
  );
  return {
    exitCode: exitCodeOf(report),
    text: formatTrace(report).trimEnd(),
    json: toWire(report),
  };
}
