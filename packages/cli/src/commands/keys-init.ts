import { readKeyHistory } from '@spanforge/core-events/log';
import type { StateOption } from '../command.js';
import { CliError } from '../error.js';
import { exists } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { readConfig, workspacePaths } from '../workspace/config.js';
import { additions, keyContext, keysInUse, writePublicFiles } from '../workspace/key-records.js';
import { makeKeys } from '../workspace/make-keys.js';
import type { Workspace } from '../workspace/workspace.js';
import { stateFolder, withWorkspace } from './with-workspace.js';

/** Records keys that a log lacks; true if there were any. */
async function recordMissing(io: CommandIo, state: string | undefined): Promise<boolean> {
  const record = async (workspace: Workspace): Promise<boolean> => {
    const { log, keys, config } = workspace;
    const context = keyContext(workspace, 'spanforge-cli');
    const drafts = additions(keysInUse(keys, config.hmac), await readKeyHistory(log), context);
    if (drafts.length > 0) await log.append(drafts);
    // What an earlier key signed proves nothing under this one: "operator inspect" would compare the newest records only.
    const { kid } = keys.log;
    if (drafts.some(({ body }) => (body as { kid?: unknown }).kid === kid)) {
      await writePublicFiles(workspace);
      await workspace.checkpointer.provable();
    }
    return drafts.length > 0;
  };
  return withWorkspace(io, state, record, { newKeys: true });
}

/**
 * `spanforge keys init`: makes the keys of a workspace that has none and records them at the start
 * of the log; records keys that a log lacks.
 */
export async function keysInit(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  const paths = workspacePaths(stateFolder(io, state));
  const { origin } = await readConfig(paths);
  try {
    await makeKeys(paths, origin);
  } catch (error) {
    const isThere = CliError.is(error) && error.code === 'CLI_KEYS_EXIST';
    if (!isThere || !(await exists(paths.store))) throw error;
    if (!(await recordMissing(io, state))) throw error;
  }
  return withWorkspace(io, state, async ({ keys: own, config }) => {
    const keys = keysInUse(own, config.hmac).map(({ role, algorithm: alg, kid }) => ({
      role,
      alg,
      kid,
    }));
    return {
      exitCode: EXIT.ok,
      text: keys
        .map(({ role, alg, kid }) => `${role.padEnd(8)} ${alg.padEnd(8)} ${kid}`)
        .join('\n'),
      json: { keys },
    };
  });
}
