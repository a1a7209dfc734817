import { resolve } from 'node:path';
import type { EvidenceContext } from '@spanforge/core-events';
import type { GovernorParts } from '@spanforge/govern';
import { createLabelTracker } from '@spanforge/lineage/labels';
import type { ProxiedToolOptions, ProxyContext } from '@spanforge/mcp';
import { createPolicy, type Policy, type PolicyBundle, unknownTools } from '@spanforge/policy';
import { createRbac } from '@spanforge/rbac';
import { createScope, type ScopeManifest } from '@spanforge/scope';
import { loadManifestFromYaml } from '@spanforge/scope/yaml';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import { readBundle } from '../files/read-bundle.js';
import { type RolesFile, readRoles } from '../files/read-roles.js';
import { detectorFor } from '../governor/parts.js';
import { policyOfServices } from '../governor/service-policy.js';
import type { CommandIo } from '../io.js';
import type { Workspace } from '../workspace/workspace.js';
import type { McpProxyArguments } from './mcp-proxy-arguments.js';
import { actorFor, manifestFor } from './mcp-registrations.js';
import { mayBeCalled } from './mcp-visible.js';

/** The controls in front of a server, from the files that a command names. */
export interface McpControls {
  readonly governor: GovernorParts;
  readonly context: ProxyContext;
  readonly visible: (tool: { readonly name: string }) => boolean;
  readonly tool: (name: string) => ProxiedToolOptions | undefined;
  /** Messages about rules whose tools the server does not list. */
  readonly strangers: (listed: readonly string[]) => readonly string[];
}

interface Files {
  readonly bundle: PolicyBundle | undefined;
  readonly manifest: ScopeManifest | undefined;
  readonly roles: RolesFile | undefined;
}

async function readFiles(io: CommandIo, options: McpProxyArguments): Promise<Files> {
  const { policy, manifest, roles, learn } = options;
  if (policy === undefined && learn === undefined) {
    throw new CliError('CLI_USAGE', '--policy is required, unless --learn is given');
  }
  const file = manifest === undefined ? undefined : resolve(io.cwd, manifest);
  return {
    bundle: policy === undefined ? undefined : await readBundle(resolve(io.cwd, policy)),
    manifest: file === undefined ? undefined : loadManifestFromYaml(await readText(file), { file }),
    roles: roles === undefined ? undefined : await readRoles(resolve(io.cwd, roles)),
  };
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

/** A second proxy must not replace the policy of the first one unless it is told to. */
async function activate(
  policy: Policy,
  bundle: PolicyBundle,
  application: string | undefined,
): Promise<void> {
  const { environment, policyId } = bundle;
  const { active } = await policy.getStatus();
  const inForce = Object.hasOwn(active, environment) ? active[environment] : undefined;
  if (inForce !== undefined && inForce.id !== policyId) {
    const own = application === undefined ? '' : ` for the server ${application}`;
    const other =
      application === undefined
        ? 'give this server a name (--server-name), and so a policy of its own, or activate'
        : 'give this server another name, or activate';
    const flag = application === undefined ? '' : ` --application ${application}`;
    const message =
      `policy ${inForce.id} is in force in environment ${environment} of this workspace${own}; ` +
      `${other} ${policyId} in its place with: spanforge policy activate --replace${flag}`;
    const details = { environment, policy: policyId, active: inForce.id };
    throw new CliError('CLI_POLICY_CONFLICT', message, { details });
  }
  // Which tools exist is known only once the server lists them.
  await policy.lifecycle.activate(bundle, { allowUnknownTools: true });
}

async function openControls(
  { log, store: { counters } }: Pick<Workspace, 'log' | 'store'>,
  { bundle, manifest, roles }: Files,
  context: EvidenceContext,
  application: string | undefined,
): Promise<Pick<GovernorParts, 'policy' | 'scope' | 'authorize'>> {
  const { tenant } = context;
  const policy = createPolicy({
    ...{ recorder: log, reader: log, context, unbundled: 'block' as const },
    ...(application === undefined ? {} : { application }),
    counters: log.counters(counters),
  });
  if (bundle !== undefined) await activate(policy, bundle, application);
  // Without a bundle nothing but the files decides.
  const asked = bundle === undefined ? {} : { policy: policyOfServices(policy) };
  const scope = createScope({ recorder: log, reader: log, ...asked });
  if (manifest !== undefined) {
    const known = await scope.getManifest(manifest.agentId, { tenant });
    const entry = manifestFor({ known, given: manifest, server: application });
    if (entry !== undefined) await scope.registerAgent(entry, { context });
  }
  const permissions = roles?.permissions;
  const rbac = createRbac({
    ...{ recorder: log, reader: log, ...asked },
    ...(permissions ? { permissions } : {}),
  });
  for (const given of roles?.actors ?? []) {
    const known = await rbac.getActor(given.actorId, { tenant });
    const entry = actorFor({ known, given, server: application });
    if (entry !== undefined) await rbac.registerActor(entry, { context });
  }
  return {
    ...(bundle === undefined ? {} : { policy }),
    ...(manifest === undefined ? {} : { scope: scope.control() }),
    ...(roles === undefined ? {} : { authorize: rbac.control() }),
  };
}

/**
 * Activates the policy, registers the manifest and the roles, and makes controls from them.
 *
 * @throws {CliError} `CLI_USAGE`, `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID`; `CLI_POLICY_CONFLICT`
 *   where another policy is in force in the environment of this one.
 * @throws {PolicyError} @throws {ScopeError} @throws {RbacError} for files that are invalid.
 */
export async function openMcpControls(
  io: CommandIo,
  workspace: Workspace,
  options: McpProxyArguments,
  run: string,
): Promise<McpControls> {
  const files = await readFiles(io, options);
  const { bundle } = files;
  const { log } = workspace;
  const context = contextOf(workspace, files, options, run);
  const { tenant, project, env, traceId, agent, actor } = context;
  const source = `spanforge-cli@${io.version}`;
  const written = { tenant, project, env, run: context.run, traceId, agent, actor, source };
  const controls = await openControls(workspace, files, written, options.serverName);
  const caller = { agent, actor, environment: env };
  return {
    context,
    visible: ({ name }) => options.learn !== undefined || mayBeCalled(name, caller, bundle, files),
    tool: (name) => {
      const declared = bundle?.tools?.[name];
      if (declared === undefined) return undefined;
      return { effect: declared.effect, output: declared.output };
    },
    strangers: (listed) => (bundle === undefined ? [] : strangersIn(bundle, listed)),
    governor: {
      log,
      detect: detectorFor(undefined),
      mode: options.learn === undefined ? 'enforce' : 'shadow',
      labels: createLabelTracker(),
      source,
      ...controls,
    },
  };
}

/** Names the proxy uses for requests that are not calls of tools. */
const RESERVED = /^(resource|prompt|tool|task|notification):/;

function strangersIn(bundle: PolicyBundle, listed: readonly string[]): readonly string[] {
  return unknownTools(bundle, listed)
    .filter(({ tool }) => !RESERVED.test(tool))
    .map(({ ruleId, tool, meant }) => {
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      return `rule ${ruleId} is about the tool ${tool}, which the server does not list${hint}`;
    });
}
