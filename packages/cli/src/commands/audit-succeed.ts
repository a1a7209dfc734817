import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type SucceedOptions, succeedLog } from '@spanforge/core-events/log';
import { createFileMark, createLeaseClock } from '@spanforge/core-events/node';
import { logOpenedV1 } from '@spanforge/core-events/records';
import { createNoteVerifier, toVerificationKey } from '@spanforge/core-signing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import type { Command } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { exists } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import type { WorkspacePaths } from '../workspace/config.js';
import { readKeys } from '../workspace/keys.js';
import { initWorkspace, type Workspace } from '../workspace/workspace.js';
import { withWorkspace } from './with-workspace.js';

interface SucceedArguments extends StateOption {
  readonly origin: string;
  readonly reason?: string;
}

interface Succeeded {
  readonly predecessor: string;
  readonly size: number;
  readonly reason: string;
  /** The trace of the record that names the predecessor; its package links the two. */
  readonly trace: string;
}

/** Opens the log of a new workspace with the record that names its predecessor; answers the trace of that record. */
async function openSuccessor(
  paths: WorkspacePaths,
  { config, log, keys }: Workspace,
  { predecessor, reason, origin }: Pick<SucceedOptions, 'predecessor' | 'reason' | 'origin'>,
): Promise<string> {
  const own = await readKeys(paths);
  const store = await openSqliteStore({ path: paths.store });
  try {
    const successor = await succeedLog({
      store,
      mark: createFileMark(paths.mark),
      origin,
      writer: 'spanforge-cli',
      hmac: config.hmac ? own.record : false,
      signer: own.log,
      leaseClock: createLeaseClock(),
      env: config.environment,
      project: config.project,
      predecessor,
      predecessorKey: createNoteVerifier(log.origin, toVerificationKey(keys.log)),
      reason,
    });
    const { records } = await successor.query({ types: [logOpenedV1.key], limit: 1 });
    await successor.close();
    return records[0]?.context.traceId ?? '';
  } finally {
    await store.close();
  }
}

/**
 * Makes a workspace with the same settings, but keys and an origin of its own, whose log continues
 * the old one. Without the record that says so there is no workspace: it would be taken for a log that
 * continues none.
 */
async function succeed(
  workspace: Workspace,
  root: string,
  { origin, reason: given }: SucceedArguments,
): Promise<Succeeded> {
  const { config, log, checkpointer } = workspace;
  const last = await checkpointer.latest();
  if (!last)
    throw new CliError(
      'CLI_USAGE',
      'the log has no checkpoint that a successor could continue from',
    );
  const { tenant, project, environment, hmac, sealed, residency, egress } = config;
  const chosen = {
    ...(sealed === undefined ? {} : { sealed }),
    ...(residency === undefined ? {} : { residency }),
    ...(egress === undefined ? {} : { egress }),
  };
  const names = { origin, tenant, project, environment, hmac };
  const reason = given ?? log.status().refusal ?? 'closed by an operator';
  const isNew = !(await exists(root));
  let trace = '';
  try {
    await initWorkspace(root, { ...names, ...chosen }, async (paths) => {
      trace = await openSuccessor(paths, workspace, { predecessor: last.note, reason, origin });
    });
  } catch (error) {
    // Where its parent is no folder there is nothing to remove, and the first error is the one to tell.
    if (isNew && (await exists(root))) await rm(root, { recursive: true, force: true });
    throw error;
  }
  return { predecessor: log.origin, size: last.size, reason, trace };
}

/** `spanforge audit succeed`: opens a successor of a log that no longer governs. */
async function auditSucceed(
  io: CommandIo,
  options: SucceedArguments,
  argument: string,
): Promise<CommandResult> {
  const folder = resolve(io.cwd, argument);
  const made = await withWorkspace(io, options.state, (workspace) =>
    succeed(workspace, folder, options),
  );
  const text = [
    `successor    ${options.origin} in ${folder}`,
    `predecessor  ${made.predecessor}, size ${made.size}`,
    `reason       ${made.reason}`,
    `opened by    trace ${made.trace}`,
    'The successor has keys of its own: give auditors its public keys.',
  ].join('\n');
  return { exitCode: EXIT.ok, text, json: toWire({ folder, origin: options.origin, ...made }) };
}

/** Adds `audit succeed`. */
export function addSucceedCommand(audit: Command, act: Act): void {
  addStateCommand(audit, 'succeed <folder>', 'start a successor of the log in a new workspace')
    .requiredOption('--origin <name>', 'the name of the new log')
    .option('--reason <text>', 'why this log ends; recorded')
    .action(act(auditSucceed));
}
