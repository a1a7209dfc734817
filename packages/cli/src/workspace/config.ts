import { join } from 'node:path';
import { parseJson, SigningError } from '@spanforge/core-signing';
import { RESIDENCIES, type Residency } from '@spanforge/enterprise';
import { z } from 'zod';
import { CliError } from '../error.js';
import { readRegular } from '../files/read.js';
import { writeWhole } from '../files/write.js';

const name = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'expected 1 to 128 ASCII characters without spaces');

const schema = z.strictObject({
  v: z.literal('spanforge.workspace.v1'),
  origin: name.refine((text) => !text.includes('+'), 'expected a name without +'),
  tenant: name,
  project: name,
  environment: name,
  hmac: z.boolean(),
  sealed: z.boolean().optional(),
  residency: z.enum(RESIDENCIES).optional(),
  egress: z.union([z.literal('none'), z.array(name)]).optional(),
});

/** The names of a workspace, and how it signs. */
export interface WorkspaceConfig {
  readonly v: 'spanforge.workspace.v1';
  /** Name of the evidence log in its checkpoints. */
  readonly origin: string;
  readonly tenant: string;
  readonly project: string;
  readonly environment: string;
  /** False if the workspace was made with `--no-hmac`: only checkpoints protect records. */
  readonly hmac: boolean;
  /**
   * True if values are encrypted with a key of their subject; decided when the workspace is made.
   */
  readonly sealed?: boolean | undefined;
  /**
   * The region in which this deployment keeps its evidence; without it, tenants that require a
   * region are refused.
   */
  readonly residency?: Residency | undefined;
  /** `none` for an air-gapped deployment, or the hosts it may connect to; default any. */
  readonly egress?: 'none' | readonly string[] | undefined;
}

/** Name of a workspace folder. */
export const WORKSPACE_FOLDER = '.spanforge';

const FILE = 'spanforge.json';
const MAX_BYTES = 64 * 1024;

/** The paths of the parts of a workspace. */
export interface WorkspacePaths {
  readonly root: string;
  readonly config: string;
  /** Folder of the keys; mode 0700. */
  readonly keys: string;
  /** Folder of the key management service of a sealed workspace. */
  readonly kms: string;
  /** Folder of the subjects' wrapped keys; back it up separately from the evidence. */
  readonly subjectKeys: string;
  /** The SQLite database of the evidence log. */
  readonly store: string;
  /** The size that was signed last; kept outside the store. */
  readonly mark: string;
}

/** The paths in a workspace folder; does not access the disk. */
export function workspacePaths(root: string): WorkspacePaths {
  return {
    root,
    config: join(root, FILE),
    keys: join(root, 'keys'),
    kms: join(root, 'keys', 'kms'),
    subjectKeys: join(root, 'subject-keys'),
    store: join(root, 'evidence.db'),
    mark: join(root, 'keys', 'log.mark.json'),
  };
}

/** @throws {CliError} `CLI_WORKSPACE_INVALID` with the path of the first problem. */
export function checkConfig(config: unknown, file: string): WorkspaceConfig {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = ['$', ...(issue?.path ?? [])].join('.');
  throw new CliError('CLI_WORKSPACE_INVALID', `${file}: ${path}: ${issue?.message}`, {
    details: { file, path },
    cause: parsed.error,
  });
}

async function readConfigBytes({ root, config }: WorkspacePaths): Promise<Uint8Array> {
  try {
    return await readRegular(config, MAX_BYTES);
  } catch (error) {
    if (!CliError.is(error) || error.details.reason !== 'ENOENT') throw error;
    throw new CliError(
      'CLI_WORKSPACE_MISSING',
      `${root}: no workspace here; make one with: spanforge init`,
      { details: { folder: root }, cause: error },
    );
  }
}

/**
 * @throws {CliError} `CLI_WORKSPACE_MISSING`; `CLI_WORKSPACE_INVALID` with file, and line and column
 *   or path; `CLI_FILE_UNREADABLE`.
 */
export async function readConfig(paths: WorkspacePaths): Promise<WorkspaceConfig> {
  const file = paths.config;
  const bytes = await readConfigBytes(paths);
  let value: unknown;
  try {
    value = parseJson(bytes);
  } catch (cause) {
    const { line = 1, column = 1 } = SigningError.is(cause) ? cause.details : {};
    const why = cause instanceof Error ? cause.message : 'not JSON';
    throw new CliError('CLI_WORKSPACE_INVALID', `${file}:${line}:${column}: ${why}`, {
      details: { file, line, column },
      cause,
    });
  }
  return checkConfig(value, file);
}

/** Writes the configuration of a new workspace. @throws {CliError} `CLI_FILE_UNWRITABLE`. */
export async function writeConfig(paths: WorkspacePaths, config: WorkspaceConfig): Promise<void> {
  await writeWhole(paths.config, `${JSON.stringify(config, null, 2)}\n`);
}
