import { EventsError } from '@spanforge/core-events';
import { freezeAdvice } from '@spanforge/core-events/log';
import { createNoteVerifier, toVerificationKey } from '@spanforge/core-signing';
import {
  auditValues,
  formatTrace,
  isViolation,
  type TraceReport,
  type ValueAudit,
} from '@spanforge/operator';
import type { TenantOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { toWire } from '../output/wire.js';
import { erasedSubjects } from './audit-rederive.js';
import { describeMissing } from './fsck.js';
import { hasWholeTrace } from './trace-index.js';
import { seenBy, withEvidence } from './with-workspace.js';
import { workspaceOperator } from './workspace-operator.js';

function exitCodeOf(
  { status, chain, completeness }: TraceReport,
  { missingCount }: ValueAudit,
): ExitCode {
  const violated = completeness.some(isViolation) || missingCount > 0;
  if (chain.status === 'broken' || violated) return EXIT.failed;
  return status === 'no_evidence' ? EXIT.incomplete : EXIT.ok;
}

/** `spanforge operator inspect TRACE`: shows a trace; signs nothing. */
export async function operatorInspect(
  io: CommandIo,
  options: TenantOption,
  traceId: string,
): Promise<CommandResult> {
  const [report, values, damaged, whole] = await withEvidence(
    io,
    options.state,
    async (workspace) => {
      const seen = await seenBy(workspace, options);
      const inspected = await workspaceOperator(workspace, seen).inspectTrace(traceId);
      const erased = await erasedSubjects(workspace);
      const values = await auditValues(seen, { traceId, ...erased });
      const { log, config, keys } = workspace;
      const refusal = log.status().refusal;
      if (refusal !== undefined) return [inspected, values, refusal, true] as const;
      const logKey = createNoteVerifier(config.origin, toVerificationKey(keys.log));
      try {
        return [inspected, values, undefined, await hasWholeTrace(log, logKey, traceId)] as const;
      } catch (error) {
        // A row that cannot be read hides what else there is of this trace.
        if (!EventsError.is(error) || error.code !== 'EVENTS_STORE_INVALID') throw error;
        return [inspected, values, String(error.details.reason ?? 'row'), true] as const;
      }
    },
  );
  const exitCode = exitCodeOf(report, values);
  const gone = describeMissing(values).map((line) => `\n${line}`);
  const text = `${formatTrace(report).trimEnd()}${gone.length > 0 ? '\n' : ''}${gone.join('')}`;
  const all = { ...report, values };
  if (!whole) {
    return {
      exitCode: EXIT.failed,
      text: `Index DAMAGED: it lacks records of this trace, so what follows is not all of it. Run "audit fsck", then "audit reindex".\n\n${text}`,
      json: toWire({ ...all, damaged: 'index_incomplete' }),
    };
  }
  if (damaged === undefined) return { exitCode, text, json: toWire(all) };
  return {
    exitCode: exitCode === EXIT.ok ? EXIT.incomplete : exitCode,
    text: `Log DAMAGED (${damaged}): it governs nothing, and records may be missing from it: ${freezeAdvice(damaged)}.\n\n${text}`,
    json: toWire({ ...all, damaged }),
  };
}
