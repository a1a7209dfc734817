import { systemClock } from '@spanforge/core-events';
import { createSettings, pruneValues } from '@spanforge/enterprise';
import type { Command } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import { administrationOf } from './enterprise-tenants.js';
import { timeOption } from './lint.js';
import { withWorkspace } from './with-workspace.js';

interface PruneArguments extends StateOption {
  readonly tenant?: string;
  readonly reason: string;
  readonly by: string;
  readonly at?: string;
  readonly dryRun?: boolean;
}

/** `spanforge audit prune`: removes values whose retention has ended, and records it. */
function auditPrune(io: CommandIo, options: PruneArguments): Promise<CommandResult> {
  return withWorkspace(io, options.state, async (workspace) => {
    const { log, store, vault, config } = workspace;
    const { tenant = config.tenant, reason, by, at, dryRun = false } = options;
    const settings = await createSettings({ recorder: log, reader: log }).get(tenant);
    const holderOf = vault && {
      holderOf: async (subject: Parameters<typeof vault.keyOf>[0]) =>
        (await vault.keyOf(subject)).holder,
    };
    const result = await pruneValues(
      { store, recorder: log, reader: log, ...holderOf },
      {
        ...{ settings, reason, dryRun, context: administrationOf(workspace, by, tenant) },
        nowMs: at === undefined ? systemClock() : timeOption('--at', at),
      },
    );
    const { values, records, held, before } = result;
    const did = dryRun ? 'would be removed' : 'removed';
    return {
      exitCode: EXIT.ok,
      text: [
        `${values} values of ${records} records before ${before} ${did}`,
        `${held} records kept by a legal hold`,
      ].join('\n'),
      json: toWire({ ...result, dryRun }),
    };
  });
}

/** `audit prune`. */
export function addPruneCommand(audit: Command, act: Act): void {
  addStateCommand(audit, 'prune', 'remove values whose retention has ended')
    .requiredOption('--reason <text>', 'the reason; recorded')
    .requiredOption('--by <name>', 'the person who decides this; recorded')
    .option('--tenant <name>', 'the tenant (default: that of the workspace)')
    .option('--at <time>', 'prune as of this time, such as 2027-01-01T00:00:00Z')
    .option('--dry-run', 'print what would be removed, and remove nothing')
    .action(act(auditPrune));
}
