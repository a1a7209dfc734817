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
  /** Which tenants' evidence is accepted and shown: if tenants are registered, only theirs. */
  readonly admission: TenantAdmission;
  /** The store of the log, with the functions that only this driver has. */
  readonly store: SqliteStore;
  /** Seals the values; absent in a workspace that is not sealed. */
  readonly vault?: Vault;
  /** Keeps the size that was signed last. */
  readonly mark: HighWaterMarkKeeper;
  /** Signs checkpoints on request; the log signs its growth about once a second on its own. */
  readonly checkpointer: Checkpointer;
  /** True if the folder cannot be written to: nothing is appended or signed. */
  readonly readOnly: boolean;
  /** Waits for appends in progress, then closes the store. */
  close(): Promise<void>;
}

/** The names and settings of a new workspace. Names have 1 to 128 printable ASCII characters. */
export interface InitOptions {
  /** Name of the evidence log in its checkpoints, such as `claims.example/evidence`. */
  readonly origin: string;
  /** Default `default`. */
  readonly tenant?: string;
  /** Default `default`. */
  readonly project?: string;
  /** Default `prod`. */
  readonly environment?: string;
  /** Whether each record gets an HMAC; if not, only checkpoints protect it. Default `true`. */
  readonly hmac?: boolean;
  /**
   * Whether values are encrypted with a key of their subject, so that subjects can be erased;
   * default `false`.
   */
  readonly sealed?: boolean;
  /**
   * The region in which this deployment keeps its evidence; tenants of another region are refused.
   */
  readonly residency?: Residency;
  /** `none` for an air-gapped deployment, or the hosts it may connect to; default any. */
  readonly egress?: 'none' | readonly string[];
}

/** Refuses to make a workspace where part of another one exists. */
async function refuseExisting({ root, ...parts }: WorkspacePaths): Promise<void> {
  for (const part of [parts.config, parts.keys, parts.store]) {
    if (!(await exists(part))) continue;
    const found =
      part === parts.config
        ? 'a workspace already exists'
        : 'a part of a workspace is here; if making it was interrupted, remove the folder and begin again';
    throw new CliError('CLI_WORKSPACE_EXISTS', `${root}: ${found}`, {
      details: { folder: root, file: part },
    });
  }
}

/**
 * Makes a workspace folder (mode 0700) with configuration and keys. The configuration is written
 * last, so an unfinished folder is not a workspace.
 *
 * @param begin Done before the configuration is written, so that there is no workspace without it.
 * @throws {CliError} `CLI_WORKSPACE_EXISTS` when there is one, or a part of one: nothing is written
 *   over. `CLI_WORKSPACE_INVALID` for a name that cannot be used; `CLI_FILE_UNWRITABLE`.
 */
export async function initWorkspace(
  root: string,
  options: InitOptions,
  begin: (paths: WorkspacePaths) => Promise<void> = async () => {},
): Promise<WorkspacePaths> {
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
  await begin(paths);
  await writeConfig(paths, config);
  return paths;
}

/**
 * Opens a workspace for reading and appending; several processes may have it open.
 *
 * The first opening makes the evidence log, and records that it was opened and with which keys.
 *
 * @param writer Name of this writer in the records, such as `claims-desk`.
 * @param clock Epoch milliseconds; default the system's.
 * @param readOnly Only read: nothing is appended, signed, or written beside the log.
 * @param newKeys The keys may be ones that the log does not name yet; otherwise such a log accepts nothing.
 * @throws {CliError} `CLI_WORKSPACE_MISSING`, `CLI_WORKSPACE_INVALID`, `CLI_KEYS_MISSING`,
 * `CLI_KEY_INVALID`, `CLI_FILE_UNREADABLE`.
 * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`, `EVENTS_STORE_INVALID`.
 */
export async function openWorkspace(
  root: string,
  writer: string,
  clock?: Clock,
  readOnly = false,
  newKeys = false,
): Promise<Workspace> {
  const paths = workspacePaths(root);
  const config = await readConfig(paths);
  const keys = await readKeys(paths);
  const opened = await openSqliteStore({ path: paths.store, readOnly });
  const { store, vault } = openVault(opened, config, paths);
  const timed = clock ? { clock } : {};
  // A log that was opened is closed as a whole: it may be signing, under a lease.
  let close = (): Promise<void> => store.close();
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
      packageKeys: keys.packages,
      mark,
      newKey: newKeys,
      leaseClock: createLeaseClock(),
      ...(readOnly ? { checkpointEveryMs: 0 } : {}),
      ...timed,
    });
    close = () => signed.close();
    const own = { tenant: config.tenant, project: config.project };
    const deployedIn = config.residency ?? 'global';
    const place = { reader: signed, own, deployedIn, ...timed };
    const admission = createAdmission(place);
    const log = guardTenants(signed, { ...place, admission });
    // Restored keys may have brought back an erased subject, and a crash may have interrupted an
    // erasure.
    if (vault && !readOnly) await createErasure({ vault, recorder: log, reader: log }).finish();
    const { checkpointer } = log;
    const sealing = vault ? { vault } : {};
    const opened = { config, paths, keys, log, admission, store, ...sealing };
    const workspace = { ...opened, mark, checkpointer, readOnly, close: () => log.close() };
    await recordFirstKeys(workspace);
    return workspace;
  } catch (error) {
    await close();
    throw error;
  }
}
