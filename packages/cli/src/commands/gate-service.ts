import { createIds } from '@spanforge/core-events';
import {
  createGate,
  createRunCommand,
  type GateOptions,
  gateOptionsFromEnv,
  type ReleaseGate,
} from '@spanforge/gate';
import { createPolicy } from '@spanforge/policy';
import type { StateOption } from '../command.js';
import { exists } from '../files/read.js';
import type { CommandIo } from '../io.js';
import { createProgress } from '../output/progress.js';
import { workspacePaths } from '../workspace/config.js';
import { egressOf } from '../workspace/egress.js';
import { stateFolder, withWorkspace } from './with-workspace.js';

/** Options of every gate command. */
export interface GateArguments extends StateOption {
  readonly projectId?: string;
  readonly allowNetwork?: boolean;
}

/** The gate service of one command: over the workspace if there is one, or else without a log. */
export async function withGate<T>(
  io: CommandIo,
  given: GateArguments,
  use: (gate: ReleaseGate) => Promise<T>,
): Promise<T> {
  const env = io.live?.env ?? {};
  const progress = createProgress('gate', io.stderr);
  const base: GateOptions = {
    root: io.cwd,
    settings: gateOptionsFromEnv(env),
    runCommand: createRunCommand(env),
    source: `spanforge-cli@${io.version}`,
    onProgress: (done, total) => progress.update(done, total),
    onAlert: ({ level, gateId, trust }) => {
      io.stderr.write(`${level}: ${gateId}: ${trust.failures.join('; ')}\n`);
    },
    ...(given.allowNetwork === true ? { fetch } : {}),
    ...(given.projectId === undefined ? {} : { projectId: given.projectId }),
  };
  try {
    const { config } = workspacePaths(stateFolder(io, given.state));
    if (given.state === undefined && !(await exists(config))) {
      io.stderr.write(
        'no workspace here: nothing is signed or recorded (spanforge init makes one)\n',
      );
      return await use(createGate(base));
    }
    return await withWorkspace(io, given.state, (workspace) => {
      const { log, keys, config: names } = workspace;
      const run = createIds()();
      const context = {
        ...{ tenant: names.tenant, project: given.projectId ?? names.project },
        ...{ env: names.environment, run, traceId: run },
        ...{ agent: 'spanforge-cli', actor: 'operator', source: `spanforge-cli@${io.version}` },
      };
      const policy = createPolicy({ recorder: log, reader: log, context });
      return use(
        createGate({
          ...base,
          ...(given.allowNetwork === true ? { fetch: egressOf(names).fetch as typeof fetch } : {}),
          ...{ recorder: log, reader: log, context, policy, keys: keys.packages },
        }),
      );
    });
  } finally {
    progress.end();
  }
}
