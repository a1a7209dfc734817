import { resolve } from 'node:path';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { readConfig, WORKSPACE_FOLDER, workspacePaths } from '../workspace/config.js';
import { anchorPaths, makeKeys } from '../workspace/keys.js';
import { initWorkspace } from '../workspace/workspace.js';

/** What `spanforge init` is told. */
export interface InitArguments {
  readonly state?: string;
  readonly origin?: string;
  readonly tenant?: string;
  readonly project?: string;
  readonly environment?: string;
  /** `false` with `--no-hmac`. */
  readonly hmac?: boolean;
}

/** Where the workspace of a command is: `--state`, else `.spanforge` in the working folder. */
export function stateFolder(io: CommandIo, state: string | undefined): string {
  return resolve(io.cwd, state ?? WORKSPACE_FOLDER);
}

/** `spanforge init`: makes a workspace with its keys. */
export async function init(io: CommandIo, options: InitArguments): Promise<CommandResult> {
  const root = stateFolder(io, options.state);
  const origin = options.origin ?? 'localhost/evidence';
  const paths = await initWorkspace(root, { ...options, origin });
  const anchors = anchorPaths(paths);
  return {
    exitCode: EXIT.ok,
    text: [
      `workspace  ${paths.root}`,
      `log        ${origin}`,
      'give these two to your auditors, by another way than the packages:',
      `  ${anchors.vkey}`,
      `  ${anchors.jwks}`,
    ].join('\n'),
    json: { workspace: paths.root, origin, anchors },
  };
}

/** `spanforge keys init`: makes the keys of a workspace that has none. */
export async function keysInit(
  io: CommandIo,
  options: { readonly state?: string },
): Promise<CommandResult> {
  const paths = workspacePaths(stateFolder(io, options.state));
  const { origin } = await readConfig(paths);
  const keys = await makeKeys(paths, origin);
  const rows = [keys.log, ...keys.packages].map(({ role, alg, kid }) => ({ role, alg, kid }));
  const record = { role: 'record', alg: 'HS256', kid: keys.record.kid };
  const made = [...rows, record];
  return {
    exitCode: EXIT.ok,
    text: made.map(({ role, alg, kid }) => `${role.padEnd(8)} ${alg.padEnd(8)} ${kid}`).join('\n'),
    json: { keys: made },
  };
}
