import { join } from 'node:path';
import { parseJson } from '@spanforge/core-signing';
import { z } from 'zod';
import { CliError } from '../error.js';
import { readRegular, writeWhole } from './files.js';

const name = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'expected 1 to 128 ASCII characters without spaces');

const schema = z.strictObject({
  v: z.literal('spanforge.workspace.v1'),
  /** Name of the evidence log, as checkpoints carry it. */
  origin: name,
  tenant: name,
  project: name,
  environment: name,
  /** False only when somebody chose to sign by checkpoints alone. */
  hmac: z.boolean(),
});

/** What a workspace is called, and how it signs. */
export type WorkspaceConfig = z.infer<typeof schema>;

/** Name of the folder that holds a workspace. */
export const WORKSPACE_FOLDER = '.spanforge';

const FILE = 'spanforge.json';
const MAX_BYTES = 64 * 1024;

/** Where the parts of a workspace are. */
export interface WorkspacePaths {
  readonly root: string;
  readonly config: string;
  readonly keys: string;
  readonly store: string;
  readonly mark: string;
}

/** The places in a workspace folder. */
export function workspacePaths(root: string): WorkspacePaths {
  return {
    root,
    config: join(root, FILE),
    keys: join(root, 'keys'),
    store: join(root, 'evidence.db'),
    mark: join(root, 'keys', 'log.mark.json'),
  };
}

/** @throws {CliError} `CLI_WORKSPACE_INVALID` with the path of the first fault. */
export async function readConfig(paths: WorkspacePaths): Promise<WorkspaceConfig> {
  const bytes = await readRegular(paths.config, MAX_BYTES).catch((cause) => {
    throw new CliError(
      'CLI_WORKSPACE_MISSING',
      `${paths.root}: no workspace here; make one with: spanforge init`,
      {
        details: { folder: paths.root },
        cause,
      },
    );
  });
  try {
    return schema.parse(parseJson(bytes));
  } catch (cause) {
    const path = cause instanceof z.ZodError ? `$.${cause.issues[0]?.path.join('.') ?? ''}` : '$';
    const why = cause instanceof z.ZodError ? cause.issues[0]?.message : (cause as Error).message;
    throw new CliError('CLI_WORKSPACE_INVALID', `${paths.config}: ${path}: ${why}`, {
      details: { file: paths.config, path },
      cause,
    });
  }
}

/** Writes the configuration of a new workspace. */
export async function writeConfig(paths: WorkspacePaths, config: WorkspaceConfig): Promise<void> {
  await writeWhole(paths.config, `${JSON.stringify(schema.parse(config), null, 2)}\n`);
}
