import { createIds } from '@spanforge/core-events';
import { createPolicy, type Policy } from '@spanforge/policy';
import type { StateOption } from '../command.js';
import type { CommandIo } from '../io.js';
import type { Workspace } from '../workspace/workspace.js';
import { type withEvidence, withWorkspace } from './with-workspace.js';

/** Options of a command about the policy of a workspace. */
export interface PolicyArguments extends StateOption {
  /** The person who does it; recorded. */
  readonly actor?: string;
  /** Default: that of the workspace. */
  readonly environment?: string;
  /** An application of the environment that has bundles of its own. */
  readonly application?: string;
}

/** The policy service of a workspace, open for one command. */
export interface OpenPolicy {
  readonly policy: Policy;
  readonly environment: string;
  readonly workspace: Workspace;
}

/**
 * Opens the policy service of a workspace, and closes the workspace in any case.
 *
 * @param openIn `withEvidence` for a command that only reads.
 */
export function withPolicy<T>(
  io: CommandIo,
  { state, actor = 'operator', environment: asked, application }: PolicyArguments,
  use: (open: OpenPolicy) => Promise<T>,
  openIn: typeof withEvidence = withWorkspace,
): Promise<T> {
  return openIn(io, state, (workspace) => {
    const { log, config } = workspace;
    const environment = asked ?? config.environment;
    const run = createIds()();
    const context = {
      tenant: config.tenant,
      project: config.project,
      env: environment,
      run,
      traceId: run,
      agent: 'spanforge-cli',
      actor,
      source: `spanforge-cli@${io.version}`,
    };
    const own = application === undefined ? {} : { application };
    const policy = createPolicy({ recorder: log, reader: log, context, ...own });
    return use({ policy, environment, workspace });
  });
}
