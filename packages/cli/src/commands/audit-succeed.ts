import { resolve } from 'node:path';
import { succeedLog } from '@spanforge/core-events/log';
import { createFileMark, createLeaseClock } from '@spanforge/core-events/node';
import { logOpenedV1 } from '@spanforge/core-events/records';
import { createNoteVerifier, toVerificationKey } from '@spanforge/core-signing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import type { Command } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
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

/**
 * Makes a workspace with the same settings, but keys and an origin of its own, whose log continues
 * the old one.
 */
async function succeed(
  { config, log, checkpointer, keys }: Workspace,
  root: string,
  { origin, reason }: SucceedArguments,
): Promise<Succeeded> {
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
  const paths = await initWorkspace(root, {
    ...{ origin, tenant, project, environment, hmac },
    ...chosen,
  });
  const own = await readKeys(paths);
  const why = reason ?? log.status().refusal ?? 'closed by an operator';
  const successor = await succeedLog({
    store: await openSqliteStore({ path: paths.store }),
    mark: createFileMark(paths.mark),
    origin,
    writer: 'spanforge-cli',
    hmac: hmac ? own.record : false,
    signer: own.log,
    leaseClock: createLeaseClock(),
    env: environment,
    project,
    predecessor: last.note,
    predecessorKey: createNoteVerifier(log.origin, toVerificationKey(keys.log)),
    reason: why,
  });
  const { records } = await successor.query({ types: [logOpenedV1.key], limit: 1 });
  await successor.close();
  const trace = records[0]?.context.traceId ?? '';
  return { predecessor: log.origin, size: last.size, reason: why, trace };
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
