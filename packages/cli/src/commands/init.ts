import type { StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { anchorPaths } from '../workspace/keys.js';
import { type InitOptions, initWorkspace } from '../workspace/workspace.js';
import { stateFolder } from './with-workspace.js';

/** Options of `spanforge init`. */
export type InitArguments = StateOption &
  Partial<Omit<InitOptions, 'egress'>> & { readonly airGapped?: boolean };

/** `spanforge init`: makes a workspace with its keys. */
export async function init(io: CommandIo, options: InitArguments): Promise<CommandResult> {
  const { state, origin = 'localhost/evidence', airGapped, ...names } = options;
  const egress = airGapped === true ? { egress: 'none' as const } : {};
  const paths = await initWorkspace(stateFolder(io, state), { ...names, ...egress, origin });
  const anchors = anchorPaths(paths);
  return {
    exitCode: EXIT.ok,
    text: [
      `workspace  ${paths.root}`,
      `log        ${origin}`,
      'give these two files to your auditors, through another channel than the packages:',
      `  ${anchors.vkey}`,
      `  ${anchors.jwks}`,
    ].join('\n'),
    json: { workspace: paths.root, origin, anchors },
  };
}
