import { resolve } from 'node:path';
import type { GovernorParts } from '@spanforge/govern';
import { createLabelTracker } from '@spanforge/lineage/labels';
import type { ProxiedToolOptions, ProxyContext } from '@spanforge/mcp';
import { createPolicy, type PolicyBundle } from '@spanforge/policy';
import { createScope, type ScopeManifest } from '@spanforge/scope';
import { loadManifestFromYaml } from '@spanforge/scope/yaml';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import type { CommandIo } from '../io.js';
import type { Workspace } from '../workspace/workspace.js';
import type { McpProxyArguments } from './mcp-proxy.js';
import { mayBeCalled } from './mcp-visible.js';
import { readBundle } from './read-bundle.js';

/** What decides in front of a server, made of the files a command names. */
export interface McpControls {
  readonly governor: GovernorParts;
  readonly context: ProxyContext;
  readonly visible: (tool: { readonly name: string }) => boolean;
  readonly tool: (name: string) => ProxiedToolOptions | undefined;
}

interface Files {
  readonly bundle: PolicyBundle | undefined;
  readonly manifest: ScopeManifest | undefined;
}

async function readFiles(io: CommandIo, options: McpProxyArguments): Promise<Files> {
  const { policy, manifest, learn } = options;
  if (policy === undefined && learn === undefined) {
    throw new CliError('CLI_USAGE', 'a policy is needed, unless the proxy is to learn one');
  }
  const bundle = policy === undefined ? undefined : await readBundle(resolve(io.cwd, policy));
  if (manifest === undefined) return { bundle, manifest: undefined };
  const file = resolve(io.cwd, manifest);
  return { bundle, manifest: loadManifestFromYaml(await readText(file), { file }) };
}

function contextOf(
  { config }: Workspace,
  { bundle, manifest }: Files,
  options: McpProxyArguments,
  run: string,
): ProxyContext {
  const { agent = manifest?.agentId ?? 'mcp-client', actor = 'operator', role } = options;
  return {
    tenant: config.tenant,
    project: config.project,
    env: bundle?.environment ?? config.environment,
    run: options.run ?? run,
    traceId: options.run ?? run,
    agent,
    actor,
    ...(role === undefined ? {} : { actorRoles: role }),
  };
}

/**
 * Puts the policy in force, registers the manifest, and makes the controls of both.
 *
 * @throws {CliError} `CLI_USAGE`, `CLI_FILE_UNREADABLE`; @throws {PolicyError} and
 *   {@link ScopeError} for files that are not what they should be.
 */
export async function openMcpControls(
  io: CommandIo,
  workspace: Workspace,
  options: McpProxyArguments,
  run: string,
): Promise<McpControls> {
  const files = await readFiles(io, options);
  const { bundle, manifest } = files;
  const { log } = workspace;
  const context = contextOf(workspace, files, options, run);
  const administration = { ...context, source: `spanforge-cli@${io.version}` };
  const { tenant, project, env, traceId, agent, actor, source } = administration;
  const written = { tenant, project, env, run: context.run, traceId, agent, actor, source };
  const policy = createPolicy({ recorder: log, reader: log, context: written });
  if (bundle !== undefined) await policy.lifecycle.activate(bundle);
  const scope = createScope({ recorder: log, reader: log });
  if (manifest !== undefined) await scope.registerAgent(manifest, { context: written });
  const caller = { agent, actor, environment: env };
  return {
    context,
    visible: ({ name }) =>
      options.learn !== undefined || mayBeCalled(name, caller, bundle, manifest),
    tool: (name) => {
      const declared = bundle?.tools?.[name];
      if (declared === undefined) return undefined;
      return { effect: declared.effect, output: declared.output };
    },
    governor: {
      log,
      mode: options.learn === undefined ? 'enforce' : 'shadow',
      labels: createLabelTracker(),
      source,
      ...(bundle === undefined ? {} : { policy }),
      ...(manifest === undefined
        ? {}
        : {
            scope: (call, recorder) =>
              scope.evaluate(
                { agentId: call.context.agent, resource: call.resource, action: call.action },
                { context: call.context, recorder },
              ),
          }),
    },
  };
}
