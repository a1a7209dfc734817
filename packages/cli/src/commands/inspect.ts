import { formatTrace, isViolation, type TraceReport } from '@spanforge/operator';
import type { TenantOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { toWire } from '../output/wire.js';
import { seenBy, withEvidence } from './with-workspace.js';
import { workspaceOperator } from './workspace-operator.js';

function exitCodeOf({ status, chain, completeness }: TraceReport): ExitCode {
  if (chain.status === 'broken' || completeness.some(isViolation)) return EXIT.failed;
  return status === 'no_evidence' ? EXIT.incomplete : EXIT.ok;
}

/** `spanforge operator inspect TRACE`: shows a trace; signs nothing. */
export async function operatorInspect(
  io: CommandIo,
  options: TenantOption,
  traceId: string,
): Promise<CommandResult> {
  const [report, damaged] = await withEvidence(io, options.state, async (workspace) => {
    const seen = await seenBy(workspace, options);
    const inspected = await workspaceOperator(workspace, seen).inspectTrace(traceId);
    return [inspected, workspace.log.status().refusal] as const;
  });
  const exitCode = exitCodeOf(report);
  const text = formatTrace(report).trimEnd();
  if (damaged === undefined) return { exitCode, text, json: toWire(report) };
  return {
    exitCode: exitCode === EXIT.ok ? EXIT.incomplete : exitCode,
    text: `Log DAMAGED (${damaged}): it governs nothing, and records may be missing from it.\n\n${text}`,
    json: toWire({ ...report, damaged }),
  };
}
