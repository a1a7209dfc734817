import { resolve } from 'node:path';
import { createRandom } from '@spanforge/core-events';
import {
  createEnterprise,
  createSettings,
  type DisclosedNames,
  type Enterprise,
  type EnterpriseHealth,
  type EnterpriseStatus,
  type HealthCheck,
  kmsCheck,
  type TenantSettings,
} from '@spanforge/enterprise';
import { createFileKms, createHostProbes } from '@spanforge/enterprise/node';
import { writePackage } from '@spanforge/operator/node';
import { type Command, InvalidArgumentError } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import type { Workspace } from '../workspace/workspace.js';
import { LOG_CHECKS, type LookAtLog } from './doctor-log.js';
import { administrationOf, tenantsOf } from './enterprise-tenants.js';
import { type OutsiderArguments, readOutsiders } from './outsiders.js';
import { withEvidence, withWorkspace } from './with-workspace.js';
import { workspaceOperator } from './workspace-operator.js';

interface PackageArguments extends StateOption, OutsiderArguments {
  readonly output: string;
  readonly tenant?: string;
  readonly project?: string;
  readonly disclose: string;
}

interface SettingsArguments extends StateOption {
  readonly tenant?: string;
  readonly retentionDays?: number | 'none';
  readonly disclose?: string;
  readonly reason: string;
  readonly by: string;
}

/** Facts that are declared in the workspace; others are detected on the machine. */
function declaredFacts({ config }: Workspace) {
  const { sealed = false, hmac, residency = 'global', egress } = config;
  const connects = egress === undefined ? 'any' : egress === 'none' ? 'none' : 'listed';
  const facts = { sealed: sealed ? 'yes' : 'no', hmac: hmac ? 'yes' : 'no', residency };
  return Object.entries({ ...facts, egress: connects }).map(([name, value]) => ({
    ...{ name, value },
    source: 'declared' as const,
  }));
}

/** What a check says, a warning too. */
async function sentence(said: ReturnType<LookAtLog>): Promise<string> {
  const found = await said;
  return typeof found === 'string' ? found : found.warning;
}

function checksOf(workspace: Workspace): readonly HealthCheck[] {
  const log = LOG_CHECKS.map(([name, look]) => ({ name, look: () => sentence(look(workspace)) }));
  if (workspace.vault === undefined) return log;
  return [...log, kmsCheck(createFileKms(workspace.paths.kms), createRandom())];
}

/** The enterprise deployment of a workspace. */
export function enterpriseOf(workspace: Workspace): Enterprise {
  const { log, config, keys, paths } = workspace;
  const operator = workspaceOperator(workspace);
  return createEnterprise({
    reader: log,
    tenants: tenantsOf(workspace),
    settings: createSettings({ recorder: log, reader: log }),
    tenant: config.tenant,
    deployedIn: config.residency ?? 'global',
    airGapped: config.egress === 'none',
    position: async () => {
      const signedSize = (await workspace.checkpointer.latest())?.size ?? 0;
      return { origin: config.origin, size: await log.size(), signedSize };
    },
    probes: [
      ...createHostProbes({ keys: paths.keys }),
      async () => [{ name: 'store', value: 'sqlite', source: 'probed' }],
      async () => declaredFacts(workspace),
    ],
    checks: checksOf(workspace),
    exportPackage: (selection, options) => operator.exportPackage(selection, options),
    packageKeys: keys.packages,
  });
}

function describeStatus(status: EnterpriseStatus): string {
  const { log, tenants, holds, prunings } = status;
  return [
    `log        ${log.origin}: ${log.size} records, ${log.signedSize} signed`,
    `region     ${status.deployedIn}${status.airGapped ? ', air-gapped' : ''}`,
    `tenants    ${tenants.registered}${tenants.misplaced.length > 0 ? `, NOT TO BE KEPT HERE: ${tenants.misplaced.join(', ')}` : ''}`,
    `holds      ${holds.subjects} subjects, ${holds.traces} traces`,
    `erasures   ${status.erasures}`,
    `prunings   ${prunings.count}, ${prunings.values} values`,
  ].join('\n');
}

/**
 * `spanforge enterprise status`: state according to log and configuration; exits with 1 if a tenant
 * is in the wrong region.
 */
function enterpriseStatus(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  return withEvidence(io, state, async (workspace) => {
    const enterprise = enterpriseOf(workspace);
    const [status, profile] = [await enterprise.status(), await enterprise.profile()];
    const facts = profile.facts.map(({ name, value }) => `${name}=${value}`).join(' ');
    return {
      exitCode: status.tenants.misplaced.length === 0 ? EXIT.ok : EXIT.failed,
      text: `${describeStatus(status)}\nprofile    ${facts}`,
      json: toWire({ status, profile }),
    };
  });
}

function healthExit({ checks }: EnterpriseHealth) {
  if (checks.some(({ state }) => state === 'failed')) return EXIT.failed;
  return checks.some(({ state }) => state === 'unknown') ? EXIT.incomplete : EXIT.ok;
}

const MARKS = { ok: 'ok  ', failed: 'FAIL', unknown: '??  ' } as const;

/**
 * `spanforge enterprise health`: checks each part; exits with 1 if one failed, with 3 if one could
 * not be checked.
 */
function enterpriseHealth(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  return withEvidence(io, state, async (workspace) => {
    const health = await enterpriseOf(workspace).health();
    const lines = health.checks.map(
      (check) => `${MARKS[check.state]}  ${check.name.padEnd(14)}  ${check.detail}`,
    );
    return { exitCode: healthExit(health), text: lines.join('\n'), json: toWire(health) };
  });
}

const namesOf = (text: string): DisclosedNames =>
  text === 'all' ? 'all' : text === 'none' ? [] : text.split(',');

/**
 * `spanforge enterprise package TRACE`: the operator's package, with the enterprise statements
 * around it.
 */
async function enterprisePackage(
  io: CommandIo,
  options: PackageArguments,
  traceId: string,
): Promise<CommandResult> {
  const output = resolve(io.cwd, options.output);
  const { tenant, project } = options;
  const outsiders = await readOutsiders(io, options);
  const pkg = await withEvidence(io, options.state, async (workspace) =>
    enterpriseOf(workspace).generateEvidencePackage(traceId, {
      ...(tenant === undefined ? {} : { tenant }),
      ...(project === undefined ? {} : { project }),
      disclose: namesOf(options.disclose),
      ...(await outsiders.options(workspace.config)),
    }),
  );
  await writePackage(output, pkg);
  const records = pkg.get('operator/records.jsonl')?.filter((byte) => byte === 0x0a).length ?? 0;
  const none = records === 0;
  return {
    exitCode: none ? EXIT.incomplete : EXIT.ok,
    text: [
      `package  ${output}`,
      `records  ${records}${none ? ' (no evidence of this trace)' : ''}`,
      ...outsiders.lines(),
    ].join('\n'),
    json: {
      package: output,
      trace_id: traceId,
      records,
      outcome: none ? 'no_evidence' : 'exported',
      ...outsiders.json(),
    },
  };
}

/** Applies the requested changes to the settings in force. */
function changed(current: TenantSettings, { retentionDays, disclose, reason }: SettingsArguments) {
  const names = disclose === undefined ? current.disclose : namesOf(disclose);
  const days = retentionDays ?? current.retentionDays ?? 'none';
  return {
    ...{ tenantId: current.tenantId, disclose: names === 'all' ? ['*'] : names, reason },
    ...(days === 'none' ? {} : { retentionDays: days }),
  };
}

function describeSettings({ tenantId, retentionDays, disclose }: TenantSettings): string {
  const kept = retentionDays === undefined ? 'for good' : `for ${retentionDays} days`;
  const names = disclose.includes('*') ? 'all' : disclose.join(',') || 'none';
  return `${tenantId}: values are kept ${kept}; may leave in a package: ${names}`;
}

/** `spanforge enterprise settings`: sets retention and export controls of a tenant, on record. */
function enterpriseSettings(io: CommandIo, options: SettingsArguments): Promise<CommandResult> {
  if (options.retentionDays === undefined && options.disclose === undefined) {
    throw new CliError('CLI_USAGE', 'give --retention-days, --disclose or both');
  }
  return withWorkspace(io, options.state, async (workspace) => {
    const { log, config } = workspace;
    const controls = createSettings({ recorder: log, reader: log });
    const current = await controls.get(options.tenant ?? config.tenant);
    const settings = await controls.set(changed(current, options), {
      context: administrationOf(workspace, options.by),
    });
    return {
      exitCode: EXIT.ok,
      text: describeSettings(settings),
      json: { settings: toWire(settings) },
    };
  });
}

function readDays(text: string): number | 'none' {
  if (text === 'none') return text;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number of days, or none.');
}

/** `enterprise status`, `health`, `package` and `settings`. */
export function addDeploymentCommands(enterprise: Command, act: Act): void {
  addStateCommand(
    enterprise,
    'status',
    'show the state of the deployment and the profile that was detected',
  ).action(act(enterpriseStatus));
  addStateCommand(enterprise, 'health', 'check every part of the deployment').action(
    act(enterpriseHealth),
  );
  addStateCommand(enterprise, 'package <trace>', 'make a signed enterprise package of a trace')
    .requiredOption('--output <path>', 'the package: a .json file, a .zip file, or a folder')
    .option('--tenant <name>', 'the tenant whose evidence it is (default: that of the workspace)')
    .option('--project <name>', 'the project that asks; limits the package to records it may read')
    .option(
      '--disclose <names>',
      'the values the recipient may see: all, none, or names separated by commas',
      'none',
    )
    .option('--tsa <url>', 'the address of an RFC 3161 authority that time-stamps the checkpoint')
    .option(
      '--witness-policy <file>',
      'the witnesses that cosign the checkpoint, and how many must',
    )
    .action(act(enterprisePackage));
  addStateCommand(enterprise, 'settings', 'set retention and export controls of a tenant')
    .option('--tenant <name>', 'the tenant (default: that of the workspace)')
    .option(
      '--retention-days <count>',
      'the days after which values may be pruned, or none to keep them for good (default: as before)',
      readDays,
    )
    .option(
      '--disclose <names>',
      'the values that packages may disclose: all, none, or names separated by commas (default: as before)',
    )
    .requiredOption('--reason <text>', 'the reason; recorded')
    .requiredOption('--by <name>', 'the person who decides this; recorded')
    .action(act(enterpriseSettings));
}
