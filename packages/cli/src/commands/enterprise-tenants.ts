import { createIds, type EvidenceContext } from '@spanforge/core-events';
import { createTenants, type Tenant, type Tenants } from '@spanforge/enterprise';
import { type Command, InvalidArgumentError } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';
import { SOURCE } from '../version.js';
import type { Workspace } from '../workspace/workspace.js';
import { withEvidence, withWorkspace } from './with-workspace.js';

interface RegisterArguments extends StateOption {
  readonly residency: string;
  readonly project: readonly string[];
  readonly cross?: readonly { readonly from: string; readonly to: string }[];
  readonly by: string;
}

/** The tenants of a workspace, according to its log. */
export function tenantsOf({ log, config }: Workspace): Tenants {
  return createTenants({
    recorder: log,
    reader: log,
    deployedIn: config.residency ?? 'global',
  });
}

/** The context of an administrative act: the workspace's own place, and who did it. */
export function administrationOf(
  { config }: Workspace,
  actor: string,
  tenant: string = config.tenant,
): EvidenceContext {
  const { project, environment: env } = config;
  const run = createIds()();
  return { tenant, project, env, run, traceId: run, agent: 'spanforge', actor, source: SOURCE };
}

/** `spanforge enterprise register-tenant`: registers a tenant, or changes it. */
function registerTenant(
  io: CommandIo,
  { residency, project, cross = [], by, state }: RegisterArguments,
  tenantId: string,
): Promise<CommandResult> {
  return withWorkspace(io, state, async (workspace) => {
    const given = { tenantId, residency, projects: project, crossProject: cross };
    const context = administrationOf(workspace, by);
    const tenant = await tenantsOf(workspace).register(given, { context });
    return {
      exitCode: EXIT.ok,
      text: `registered: ${tenant.tenantId}, evidence in ${tenant.residency}, projects ${tenant.projects.join(', ')}`,
      json: { tenant: toWire(tenant) },
    };
  });
}

const rowOf = ({ tenantId, residency, projects, crossProject }: Tenant): readonly string[] => [
  tenantId,
  residency,
  projects.join(', '),
  crossProject.map(({ from, to }) => `${from} reads ${to}`).join(', '),
];

/** `spanforge enterprise list-tenants`: the registered tenants, as they are now. */
function listTenants(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  return withEvidence(io, state, async (workspace) => {
    const tenants = await tenantsOf(workspace).list();
    const columns = ['tenant', 'residency', 'projects', 'across projects'];
    return {
      exitCode: EXIT.ok,
      text:
        tenants.length === 0
          ? 'no tenant is registered'
          : formatTable(
              columns.map((title) => ({ title })),
              tenants.map(rowOf),
            ),
      json: { tenants: toWire(tenants) },
    };
  });
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  value,
];

function collectPair(
  value: string,
  earlier: readonly { readonly from: string; readonly to: string }[] = [],
) {
  const [from, to, ...others] = value.split(':');
  if (!from || !to || others.length > 0) {
    throw new InvalidArgumentError('expected two projects, such as claims:policies.');
  }
  return [...earlier, { from, to }];
}

/** `enterprise register-tenant` and `list-tenants`. */
export function addTenantCommands(enterprise: Command, act: Act): void {
  addStateCommand(enterprise, 'register-tenant <tenant>', 'register a tenant, or change it')
    .requiredOption(
      '--residency <region>',
      'the region in which its evidence must stay: eu, us, ap, in or global',
    )
    .requiredOption('--project <name>', 'a project of the tenant; repeatable', collect)
    .option('--cross <from:to>', 'let the first project read the second; repeatable', collectPair)
    .requiredOption('--by <name>', 'the person who registers it; recorded')
    .action(act(registerTenant));
  addStateCommand(enterprise, 'list-tenants', 'list the registered tenants').action(
    act(listTenants),
  );
}
