import { createIds } from '@spanforge/core-events';
import { createPolicy, type Policy } from '@spanforge/policy';
import type { StateOption } from '../command.js';
import type { CommandIo } from '../io.js';
import type { Workspace } from '../workspace/workspace.js';
import { withWorkspace } from './with-workspace.js';

/** What a command on the policy of a workspace is told. */
export interface PolicyArguments extends StateOption {
  /** Who does it; stands in the record. */
  readonly actor?: string;
  /** That of the workspace where absent. */
  readonly environment?: string;
  /** One application of the environment with bundles of its own. */
  readonly application?: string;
}

/** The policy service of a workspace, for the time of one command. */
export interface OpenPolicy {
  readonly policy: Policy;
  readonly environment: string;
  readonly workspace: Workspace;
}

/** Opens the policy service of a workspace, and closes the workspace whatever happens. */
export function withPolicy<T>(
  io: CommandIo,
  { state, actor = 'operator', environment: asked, application }: PolicyArguments,
  use: (open: OpenPolicy) => Promise<T>,
): Promise<T> {
  return withWorkspace(io, state, (workspace) => {
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
