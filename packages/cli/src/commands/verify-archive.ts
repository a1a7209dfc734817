import { join, resolve } from 'node:path';
import { parseVkey } from '@spanforge/core-signing';
import { type ArchiveReport, verifyArchive } from '@spanforge/exporters/node';
import type { Command } from 'commander';
import { type Act, addCommand } from '../command.js';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { toWire } from '../output/wire.js';

interface VerifyArchiveArguments {
  readonly checkpoint?: string;
  readonly key: string;
}

const EXIT_CODES: Readonly<Record<ArchiveReport['verdict'], ExitCode>> = {
  valid: EXIT.ok,
  incomplete: EXIT.incomplete,
  invalid: EXIT.failed,
};

function textOf({ verdict, records, size, unproven, reason }: ArchiveReport): string {
  const lines = [`${verdict.toUpperCase()}: ${records} records, signed for: ${size ?? 'unknown'}`];
  if (unproven > 0) lines.push(`${unproven} of them came after the checkpoint: not proven yet`);
  if (reason !== undefined) lines.push(reason);
  return lines.join('\n');
}

/** `spanforge export verify FOLDER`: needs no workspace, and takes no key from the archive. */
async function verify(
  io: CommandIo,
  { checkpoint, key }: VerifyArchiveArguments,
  folder: string,
): Promise<CommandResult> {
  const text = (await readText(resolve(io.cwd, key))).trim();
  const verifier = readVkey(text, key);
  const report = await verifyArchive({
    folder: resolve(io.cwd, folder),
    checkpoint: await readText(resolve(io.cwd, checkpoint ?? join(folder, 'checkpoint'))),
    trust: { origin: verifier.name, verifiers: [verifier] },
  });
  const tail = checkpoint === undefined ? 'unpinned' : 'pinned';
  return {
    exitCode: EXIT_CODES[report.verdict],
    text: `${textOf(report)}\ntail: ${tail}`,
    json: toWire({ ...report, tail }),
  };
}

function readVkey(text: string, file: string) {
  try {
    return parseVkey(text);
  } catch (cause) {
    throw new CliError('CLI_INPUT_INVALID', `${file}: not a vkey`, { details: { file }, cause });
  }
}

/** Adds `verify <folder>` under `export`. */
export function addVerifyArchiveCommand(parent: Command, act: Act): void {
  addCommand(parent, 'verify <folder>', 'verify an archive against a signed checkpoint')
    .option('--checkpoint <file>', 'a checkpoint you kept (default: the one in the archive)')
    .requiredOption('--key <file>', 'the vkey of the log, from outside the archive')
    .action(act(verify));
}
