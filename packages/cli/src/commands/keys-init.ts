import type { StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { readConfig, workspacePaths } from '../workspace/config.js';
import { makeKeys } from '../workspace/make-keys.js';
import { stateFolder } from './with-workspace.js';

/** `spanforge keys init`: makes the keys of a workspace that has none. */
export async function keysInit(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  const paths = workspacePaths(stateFolder(io, state));
  const { origin } = await readConfig(paths);
  const { log, packages, record } = await makeKeys(paths, origin);
  const made = [log, ...packages].map(({ role, alg, kid }) => ({ role, alg, kid }));
  const keys = [...made, { role: 'record', alg: 'HS256', kid: record.kid }];
  return {
    exitCode: EXIT.ok,
    text: keys.map(({ role, alg, kid }) => `${role.padEnd(8)} ${alg.padEnd(8)} ${kid}`).join('\n'),
    json: { keys },
  };
}
