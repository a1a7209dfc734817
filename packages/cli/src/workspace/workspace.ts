import type { Clock } from '@spanforge/core-events';
import {
  type Checkpointer,
  type HighWaterMarkKeeper,
  openSignedLog,
  type SignedLog,
} from '@spanforge/core-events/log';
import { createFileMark, createLeaseClock } from '@spanforge/core-events/node';
import {
  createAdmission,
  createErasure,
  guardTenants,
  type Residency,
  type TenantAdmission,
  type Vault,
} from '@spanforge/enterprise';
import { openSqliteStore, type SqliteStore } from '@spanforge/store-sqlite';
import { CliError } from '../error.js';
import { exists } from '../files/read.js';
import { makePrivateFolder } from '../files/write.js';
import {
  checkConfig,
  readConfig,
  type WorkspaceConfig,
  type WorkspacePaths,
  workspacePaths,
  writeConfig,
} from './config.js';
import { recordFirstKeys } from './key-records.js';
import { readKeys, type WorkspaceKeys } from './keys.js';
import { makeKeys } from './make-keys.js';
import { openVault } from './sealing.js';

/** A local deployment: one evidence log in SQLite, with its keys and configuration beside it. */
export interface Workspace {
  readonly config: WorkspaceConfig;
  readonly paths: WorkspacePaths;
  readonly keys: WorkspaceKeys;
  /** Appends and reads evidence; an append resolves when it is durable. */
  readonly log: SignedLog;
  /** Whose evidence is taken and shown: with registered tenants, nobody else's. */
  readonly admission: TenantAdmission;
  /** The store of the log, with what only this driver can do. */
  readonly store: SqliteStore;
  /** Where the values are sealed; absent in a workspace that is not. */
  readonly vault?: Vault;
  /** What the signer has signed last. */
  readonly mark: HighWaterMarkKeeper;
  /** Signs checkpoints when it is asked to; the log signs its growth about once a second by itself. */
  readonly checkpointer: Checkpointer;
  /** Nothing can be appended or signed: the folder cannot be written to. */
  readonly readOnly: boolean;
  /** Waits for appends under way, then closes the store. */
  close(): Promise<void>;
}

/** What a new workspace is called. Names have 1 to 128 printable ASCII characters. */
export interface InitOptions {
  /** Name of the evidence log, as checkpoints carry it, such as `claims.example/evidence`. */
  readonly origin: string;
  /** `default` when absent. */
  readonly tenant?: string;
  /** `default` when absent. */
  readonly project?: string;
  /** `prod` when absent. */
  readonly environment?: string;
  /** `false` to sign by checkpoints alone; `true` when absent. */
  readonly hmac?: boolean;
  /** Encrypt values under a key of their subject, so that subjects can be erased; `false` when absent. */
  readonly sealed?: boolean;
  /** Where this deployment keeps its evidence; tenants bound to another region are refused. */
  readonly residency?: Residency;
  /** `none` for an air-gapped deployment, else the hosts it may connect to; any when absent. */
  readonly egress?: 'none' | readonly string[];
}

/** A workspace is never made over a part of another. */
async function refuseExisting({ root, ...parts }: WorkspacePaths): Promise<void> {
  for (const part of [parts.config, parts.keys, parts.store]) {
    if (!(await exists(part))) continue;
    throw new CliError('CLI_WORKSPACE_EXISTS', `${root}: a workspace already exists`, {
      details: { folder: root, file: part },
    });
  }
}

/**
 * Makes a workspace folder (mode 0700) with configuration and keys. The configuration is written
 * last: a folder that was left unfinished is no workspace.
 *
 * @throws {CliError} `CLI_WORKSPACE_EXISTS` when there is one, or a part of one: nothing is written
 *   over. `CLI_WORKSPACE_INVALID` for a name that cannot be used; `CLI_FILE_UNWRITABLE`.
 */
export async function initWorkspace(root: string, options: InitOptions): Promise<WorkspacePaths> {
  const paths = workspacePaths(root);
  const { origin, tenant = 'default', project = 'default', environment = 'prod' } = options;
  const { hmac = true, sealed = false, residency, egress } = options;
  const names = { origin, tenant, project, environment, hmac };
  const chosen = {
    ...(sealed ? { sealed } : {}),
    ...(residency === undefined ? {} : { residency }),
    ...(egress === undefined ? {} : { egress }),
  };
  const config = checkConfig({ v: 'spanforge.workspace.v1', ...names, ...chosen }, paths.config);
  await refuseExisting(paths);
  await makePrivateFolder(root);
  await makeKeys(paths, origin);
  await writeConfig(paths, config);
  return paths;
}

/**
 * Opens a workspace for reading and appending; several processes may have it open.
 *
 * The first opening makes the evidence log, and writes that it was opened and with which keys.
 *
 * @param writer Name of this writer in the records, such as `claims-desk`.
 * @param clock Epoch milliseconds; the system's when absent.
 * @param readOnly Reads alone: nothing is appended, signed, or written beside the log.
 * @throws {CliError} `CLI_WORKSPACE_MISSING`, `CLI_WORKSPACE_INVALID`, `CLI_KEYS_MISSING`,
 *   `CLI_KEY_INVALID`, `CLI_FILE_UNREADABLE`.
 * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`, `EVENTS_STORE_INVALID`.
 */
export async function openWorkspace(
  root: string,
  writer: string,
  clock?: Clock,
  readOnly = false,
): Promise<Workspace> {
  const paths = workspacePaths(root);
  const config = await readConfig(paths);
  const keys = await readKeys(paths);
  const opened = await openSqliteStore({ path: paths.store, readOnly });
  const { store, vault } = openVault(opened, config, paths);
  const timed = clock ? { clock } : {};
  try {
    const mark = createFileMark(paths.mark);
    const signed = await openSignedLog({
      store,
      origin: config.origin,
      writer,
      hmac: config.hmac ? keys.record : false,
      earlierSecrets: keys.earlierRecords,
      env: config.environment,
      project: config.project,
      signer: keys.log,
      mark,
      leaseClock: createLeaseClock(),
      ...(readOnly ? { checkpointEveryMs: 0 } : {}),
      ...timed,
    });
    const own = { tenant: config.tenant, project: config.project };
    const deployedIn = config.residency ?? 'global';
    const place = { reader: signed, own, deployedIn, ...timed };
    const admission = createAdmission(place);
    const log = guardTenants(signed, { ...place, admission });
    // A back-up of keys may have brought back what was erased, and a crash may have left it there.
    if (vault && !readOnly) await createErasure({ vault, recorder: log, reader: log }).finish();
    const { checkpointer } = log;
    const sealing = vault ? { vault } : {};
    const close = (): Promise<void> => log.close();
    const opened = { config, paths, keys, log, admission, store, ...sealing };
    const workspace = { ...opened, mark, checkpointer, readOnly, close };
    await recordFirstKeys(workspace);
    return workspace;
  } catch (error) {
    await store.close();
    throw error;
  }
}
