import { type Clock, createIds } from '@spanforge/core-events';
import {
  type Checkpointer,
  createCheckpointer,
  type EvidenceLog,
  type HighWaterMarkKeeper,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import { createFileMark } from '@spanforge/core-events/node';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { CliError } from '../error.js';
import {
  readConfig,
  type WorkspaceConfig,
  type WorkspacePaths,
  workspacePaths,
  writeConfig,
} from './config.js';
import { exists, makePrivateFolder } from './files.js';
import { makeKeys, readKeys, type WorkspaceKeys } from './keys.js';

/** A local deployment: one evidence log in SQLite, with its keys and configuration beside it. */
export interface Workspace {
  readonly config: WorkspaceConfig;
  readonly paths: WorkspacePaths;
  readonly keys: WorkspaceKeys;
  readonly log: EvidenceLog;
  readonly mark: HighWaterMarkKeeper;
  readonly checkpointer: Checkpointer;
  /** Waits for appends under way, then closes the store. */
  close(): Promise<void>;
}

/** What a new workspace is called. */
export interface InitOptions {
  readonly origin: string;
  readonly tenant?: string;
  readonly project?: string;
  readonly environment?: string;
  readonly hmac?: boolean;
}

/**
 * Makes a workspace folder with configuration and keys.
 *
 * @throws {CliError} `CLI_WORKSPACE_EXISTS` when there is one: nothing is written over.
 */
export async function initWorkspace(root: string, options: InitOptions): Promise<WorkspacePaths> {
  const paths = workspacePaths(root);
  if (await exists(paths.config)) {
    throw new CliError('CLI_WORKSPACE_EXISTS', `${root}: there is a workspace already`, {
      details: { folder: root },
    });
  }
  await makePrivateFolder(root);
  await makeKeys(paths, options.origin);
  await writeConfig(paths, {
    v: 'spanforge.workspace.v1',
    origin: options.origin,
    tenant: options.tenant ?? 'default',
    project: options.project ?? 'default',
    environment: options.environment ?? 'prod',
    hmac: options.hmac ?? true,
  });
  return paths;
}

/**
 * Opens a workspace for reading and appending; several processes may have it open.
 *
 * @param writer Name of this writer in the records, such as `claims-desk`.
 * @throws {CliError} `CLI_WORKSPACE_MISSING`, `CLI_WORKSPACE_INVALID`, `CLI_KEYS_MISSING`.
 */
export async function openWorkspace(
  root: string,
  writer: string,
  clock?: Clock,
): Promise<Workspace> {
  const paths = workspacePaths(root);
  const config = await readConfig(paths);
  const keys = await readKeys(paths);
  const store = await openSqliteStore({ path: paths.store });
  const timed = clock ? { clock } : {};
  try {
    const log = await openEvidenceLog({
      store,
      origin: config.origin,
      writer,
      hmac: config.hmac ? keys.record : false,
      env: config.environment,
      project: config.project,
      ...timed,
    });
    const mark = createFileMark(paths.mark);
    const holder = createIds()();
    const checkpointer = createCheckpointer({
      store,
      origin: config.origin,
      signer: keys.log,
      mark,
      holder,
      ...timed,
    });
    return { config, paths, keys, log, mark, checkpointer, close: () => log.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}
