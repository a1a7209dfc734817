import type { EvidenceContext } from '@spanforge/core-events';
import { createErasure, type Erasure, holdTrace } from '@spanforge/enterprise';
import type { Command } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import { SOURCE } from '../version.js';
import type { Workspace } from '../workspace/workspace.js';
import { withWorkspace } from './with-workspace.js';

interface ErasureArguments extends StateOption {
  readonly reason: string;
  readonly by: string;
  readonly tenant?: string;
}

function erasureOf({ vault, log, paths }: Workspace): Erasure {
  if (vault !== undefined) return createErasure({ vault, recorder: log, reader: log });
  throw new CliError(
    'CLI_USAGE',
    `${paths.root}: the values of this workspace are not sealed; make a sealed workspace with: spanforge init --sealed`,
  );
}

function requestOf({ config }: Workspace, options: ErasureArguments, subject: string) {
  const { tenant, project, environment: env } = config;
  const place = { tenant, project, env, run: 'operator', traceId: 'audit', agent: 'spanforge' };
  const context: EvidenceContext = { ...place, actor: options.by, source: SOURCE };
  return { tenant: options.tenant ?? tenant, subject, reason: options.reason, context };
}

/** `spanforge audit erase`: destroys the key of a subject's values, and records it. */
function auditErase(
  io: CommandIo,
  options: ErasureArguments,
  subject: string,
): Promise<CommandResult> {
  return withWorkspace(io, options.state, async (workspace) => {
    const result = await erasureOf(workspace).erase(requestOf(workspace, options, subject));
    const text = result.erased
      ? `erased: the values sealed for this subject cannot be read any more (record ${result.recordId})`
      : `nothing was sealed for this subject (record ${result.recordId})`;
    return { exitCode: EXIT.ok, text, json: toWire(result) };
  });
}

/** `spanforge audit hold`: protects the values of a subject from being erased. */
function auditHold(
  io: CommandIo,
  options: ErasureArguments & { readonly lift?: boolean; readonly trace?: boolean },
  subject: string,
): Promise<CommandResult> {
  return withWorkspace(io, options.state, async (workspace) => {
    const held = options.lift !== true;
    const request = requestOf(workspace, options, subject);
    if (options.trace === true) {
      const { reason, tenant } = request;
      const context = { ...request.context, tenant };
      await holdTrace(workspace.log, { traceId: subject, held, reason, context });
    } else {
      await erasureOf(workspace).hold({ ...request, held });
    }
    const what = options.trace === true ? 'trace' : 'subject';
    const text = held
      ? `held: no value of this ${what} is erased or pruned until the hold is lifted`
      : 'lifted';
    return { exitCode: EXIT.ok, text, json: { held } };
  });
}

const about = (parent: Command, usage: string, description: string): Command =>
  addStateCommand(parent, usage, description)
    .requiredOption('--reason <text>', 'the reason; recorded')
    .requiredOption('--by <name>', 'the person who decides this; recorded')
    .option('--tenant <name>', 'the tenant of the subject (default: that of the workspace)');

/** `audit erase` and `audit hold`. */
export function addErasureCommands(audit: Command, act: Act): void {
  about(audit, 'erase <subject>', 'erase the values of a subject by destroying their key').action(
    act(auditErase),
  );
  about(audit, 'hold <subject>', 'protect the values of a subject from being erased or pruned')
    .option('--trace', 'hold a trace of this name instead of a subject')
    .option('--lift', 'lift the hold instead')
    .action(act(auditHold));
}
