import { relative, resolve } from 'node:path';
import { EventsError } from '@spanforge/core-events';
import { createProver, type SignedCheckpoint } from '@spanforge/core-events/log';
import type { Command } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { writeWhole } from '../files/write.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import type { Workspace } from '../workspace/workspace.js';
import { readOutsiders } from './outsiders.js';
import { withWorkspace } from './with-workspace.js';

interface CosignArguments extends StateOption {
  readonly witnessPolicy: string;
  readonly output?: string;
}

/** A checkpoint over all that is in the log; the newest one, where another process signs this log. */
async function newest({ checkpointer }: Workspace): Promise<SignedCheckpoint> {
  try {
    return await checkpointer.checkpoint();
  } catch (error) {
    const latest =
      EventsError.is(error) && error.code === 'EVENTS_LEASE_HELD'
        ? await checkpointer.latest()
        : undefined;
    if (!latest) throw error;
    return latest;
  }
}

/** `spanforge audit cosign`: has witnesses cosign the newest checkpoint, without a package. */
async function auditCosign(io: CommandIo, options: CosignArguments): Promise<CommandResult> {
  const outsiders = await readOutsiders(io, options);
  return withWorkspace(io, options.state, async (workspace) => {
    const { cosign } = await outsiders.options(workspace.config);
    if (!cosign) throw new CliError('CLI_USAGE', '--witness-policy: name a file');
    const checkpoint = await newest(workspace);
    const prover = createProver(workspace.log.store);
    const note = await cosign(checkpoint, (oldSize) =>
      prover.consistency(oldSize, checkpoint.size),
    );
    const path = options.output && resolve(io.cwd, options.output);
    if (path) await writeWhole(path, note);
    const text = [
      `checkpoint  ${workspace.log.origin}, size ${checkpoint.size}`,
      ...outsiders.lines(),
      ...(path ? [`written to  ${relative(io.cwd, path)}`] : []),
    ].join('\n');
    const { origin } = workspace.log;
    const said = { origin, size: checkpoint.size, note, ...outsiders.json() };
    return { exitCode: EXIT.ok, text, json: said };
  });
}

/** Adds `audit cosign`. */
export function addCosignCommand(audit: Command, act: Act): void {
  addStateCommand(
    audit,
    'cosign',
    'have witnesses cosign the newest checkpoint of the log, without a package',
  )
    .requiredOption('--witness-policy <file>', 'the witnesses that cosign, and how many must')
    .option('--output <file>', 'where to write the cosigned checkpoint')
    .action(act(auditCosign));
}
