import { resolve } from 'node:path';
import { EventsError } from '@spanforge/core-events';
import { scopeReader } from '@spanforge/enterprise';
import type { TenantOption } from '../command.js';
import { CliError } from '../error.js';
import type { CommandIo } from '../io.js';
import { WORKSPACE_FOLDER } from '../workspace/config.js';
import { openWorkspace, type Workspace } from '../workspace/workspace.js';

const WRITER = 'spanforge-cli';

/** The workspace folder of a command: `--state`, or `.spanforge` in the working folder. */
export function stateFolder(io: CommandIo, state: string | undefined): string {
  return resolve(io.cwd, state ?? WORKSPACE_FOLDER);
}

/**
 * Opens the workspace of a command, and closes it in any case. `newKeys` is for commands that put keys on
 * record.
 */
export async function withWorkspace<T>(
  io: CommandIo,
  state: string | undefined,
  use: (workspace: Workspace) => Promise<T>,
  { newKeys = false }: { readonly newKeys?: boolean } = {},
): Promise<T> {
  const root = stateFolder(io, state);
  const workspace = await openWorkspace(root, WRITER, undefined, false, newKeys);
  try {
    await admitTenancy(io, workspace);
    return await use(workspace);
  } finally {
    await workspace.close();
  }
}

/** Refuses a command for a tenant or project that this deployment does not know or may not keep. */
async function admitTenancy({ tenancy }: CommandIo, { admission }: Workspace): Promise<void> {
  const { tenants = [], project } = tenancy ?? {};
  for (const tenant of tenants) {
    await admission.admit({ tenant, ...(project === undefined ? {} : { project }) });
  }
}

/**
 * The log of a workspace as the given tenant and project may see it; the whole log if none was
 * given.
 */
export async function seenBy(
  { log, admission }: Pick<Workspace, 'log' | 'admission'>,
  { tenant: tenantId, project }: TenantOption,
): Promise<Workspace['log']> {
  if (tenantId === undefined) {
    if (project === undefined) return log;
    throw new CliError('CLI_USAGE', '--project: say of which tenant, with --tenant');
  }
  const tenant = await admission.admit({ tenant: tenantId });
  const scope = { tenant, ...(project === undefined ? {} : { project }) };
  return Object.freeze({ ...log, ...scopeReader(log, scope) } as Workspace['log']);
}

/** Passes the log of a workspace on as the tenant of a command may see it. */
const asSeen =
  <T>(options: TenantOption, use: (log: Workspace['log']) => Promise<T>) =>
  async (workspace: Workspace): Promise<T> =>
    use(await seenBy(workspace, options));

/** Opens the workspace of a command, and passes it the log as its tenant may see it. */
export function withSeenLog<T>(
  io: CommandIo,
  options: TenantOption,
  use: (log: Workspace['log']) => Promise<T>,
): Promise<T> {
  return withWorkspace(io, options.state, asSeen(options, use));
}

/** As {@link withSeenLog}, for a command that only reads: see {@link withEvidence}. */
export function withSeenEvidence<T>(
  io: CommandIo,
  options: TenantOption,
  use: (log: Workspace['log']) => Promise<T>,
): Promise<T> {
  return withEvidence(io, options.state, asSeen(options, use));
}

const isUnavailable = (error: unknown): boolean =>
  EventsError.is(error) && error.code === 'EVENTS_STORE_UNAVAILABLE';

async function openForReading(root: string): Promise<Workspace> {
  try {
    return await openWorkspace(root, WRITER);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    // Such as a folder that cannot be written to, or a full disk.
    return openWorkspace(root, WRITER, undefined, true).catch(() => {
      throw error;
    });
  }
}

/**
 * Opens the workspace of a command that only reads its log. If the folder cannot be written to, or
 * the disk is full, it is opened read-only.
 */
export async function withEvidence<T>(
  io: CommandIo,
  state: string | undefined,
  use: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const workspace = await openForReading(stateFolder(io, state));
  try {
    await admitTenancy(io, workspace);
    return await use(workspace);
  } finally {
    await workspace.close();
  }
}
