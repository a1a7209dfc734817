import {
  acknowledgeHoles,
  quarantineRecord,
  type Reindexed,
  reindex,
} from '@spanforge/core-events/log';
import { createNoteVerifier, toVerificationKey } from '@spanforge/core-signing';
import { visible } from '@spanforge/operator';
import type { Command } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { createProgress } from '../output/progress.js';
import { toWire } from '../output/wire.js';
import { withEvidence, withWorkspace } from './with-workspace.js';

const done = (text: string, report: object): CommandResult => ({
  exitCode: EXIT.ok,
  text,
  json: toWire(report),
});

/** What could not be indexed, as ranges: a row has up to 4,096 records. */
function describeUnreadable({ unreadable, treesLeft }: Reindexed): readonly string[] {
  const ranges: [number, number][] = [];
  for (const index of unreadable) {
    const last = ranges.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  const lines = ranges.map(([from, to]) =>
    from === to
      ? `record ${from} cannot be read: what it is found by is left as it is`
      : `records ${from} to ${to} cannot be read: what they are found by is left as it is`,
  );
  return treesLeft > 0 ? [...lines, `${treesLeft} signed trees over them are left too`] : lines;
}

/** `spanforge audit reindex`: rebuilds the index from the bytes of the records. */
async function auditReindex(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  return withWorkspace(io, state, async ({ log, store: { counters }, keys, config }) => {
    const progress = createProgress('reindex', io.stderr);
    try {
      const { store, origin } = log;
      const logKey = createNoteVerifier(config.origin, toVerificationKey(keys.log));
      const made = await reindex({
        ...{ store, origin, logKey, log, counters },
        onProgress: progress.update,
      });
      const counted = made.counted > 0 ? `; ${made.counted} entries of counters put back` : '';
      const lines = [
        `indexed ${made.records} records anew, and ${made.trees} signed trees${counted}`,
        ...made.removed.map((key) => `removed the derived value ${visible(JSON.stringify(key))}`),
        ...describeUnreadable(made),
      ];
      const exitCode = made.unreadable.length > 0 ? EXIT.failed : EXIT.ok;
      return { ...done(lines.join('\n'), made), exitCode };
    } finally {
      progress.end();
    }
  });
}

interface QuarantineArguments extends StateOption {
  readonly reason: string;
  readonly by: string;
}

/** `spanforge audit quarantine`: sets aside a record that fails verification, or a copy, on record. */
async function auditQuarantine(
  io: CommandIo,
  { state, reason, by }: QuarantineArguments,
  argument: string,
): Promise<CommandResult> {
  const index = /^\d{1,15}$/.test(argument) ? Number(argument) : undefined;
  if (index === undefined) throw new CliError('CLI_USAGE', 'expected the index of a record');
  return withWorkspace(io, state, async ({ log, config }) => {
    const { tenant, project, environment: env } = config;
    const place = { tenant, project, env, run: 'operator', traceId: 'audit', agent: 'spanforge' };
    const context = { ...place, actor: by, source: 'spanforge-cli' };
    const receipt = await quarantineRecord(log, { index, reason, context });
    return done(`record ${index} is put aside, on record at ${receipt?.index}`, { index, receipt });
  });
}

interface AcknowledgeArguments extends StateOption {
  readonly by: string;
}

/**
 * `spanforge audit acknowledge-holes`: records that writer numbers left unused by a killed process
 * are known.
 */
async function auditAcknowledge(
  io: CommandIo,
  { state, by }: AcknowledgeArguments,
): Promise<CommandResult> {
  return withWorkspace(io, state, async ({ log, config }) => {
    const { tenant, project, environment: env } = config;
    const place = { tenant, project, env, run: 'operator', traceId: 'audit', agent: 'spanforge' };
    const context = { ...place, actor: by, source: 'spanforge-cli' };
    const holes = await acknowledgeHoles(log, { context });
    return done(`acknowledged ${holes.length} holes in writer numbers`, { holes });
  });
}

interface LeaseArguments extends StateOption {
  readonly break?: string;
}

/** `spanforge audit leases`: lists who may sign, and can take a lease away. */
async function auditLeases(
  io: CommandIo,
  { state, break: name }: LeaseArguments,
): Promise<CommandResult> {
  const open = name === undefined ? withEvidence : withWorkspace;
  return open(io, state, async ({ store }) => {
    if (name !== undefined && !(await store.breakLease(name))) {
      throw new CliError('CLI_USAGE', `there is no lease ${JSON.stringify(name)}`);
    }
    const leases = await store.listLeases();
    const lines = leases.map((lease) => `${lease.name}  held by ${lease.holder}`);
    return done(lines.length > 0 ? lines.join('\n') : 'no leases', { leases });
  });
}

/** `audit reindex`, `audit quarantine`, `audit acknowledge-holes` and `audit leases`. */
export function addRepairCommands(audit: Command, act: Act): void {
  addStateCommand(audit, 'reindex', 'rebuild the index from the records').action(act(auditReindex));
  addStateCommand(
    audit,
    'quarantine <index>',
    'set aside a record that fails verification, or a copy of another',
  )
    .requiredOption('--reason <text>', 'the reason; recorded')
    .requiredOption('--by <name>', 'the person who decides this; recorded')
    .action(act(auditQuarantine));
  addStateCommand(
    audit,
    'acknowledge-holes',
    'record that missing writer numbers are known and accepted',
  )
    .requiredOption('--by <name>', 'the person who acknowledges them; recorded')
    .action(act(auditAcknowledge));
  addStateCommand(audit, 'leases', 'list who signs the log, or take the lease of one away')
    .option('--break <name>', 'take away this lease')
    .action(act(auditLeases));
}
