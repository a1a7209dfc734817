import { Command, CommanderError } from 'commander';
import type { Act, CommonOptions } from './command.js';
import { addAuditCommands } from './commands/audit.js';
import { addLineageCommands } from './commands/lineage.js';
import { addMcpCommands } from './commands/mcp-proxy.js';
import { addOperatorCommands } from './commands/operator.js';
import { addPolicyCommands } from './commands/policy.js';
import { addSetupCommands } from './commands/setup.js';
import { addValidateCommands } from './commands/validate.js';
import { describeError } from './describe-error.js';
import { CliError } from './error.js';
import { type CommandIo, EXIT, type ExitCode } from './io.js';
import { escapeText, toJson } from './output/escape.js';

/** Runs one command; gives its exit code, and never throws. */
export type Run = (argv: readonly string[]) => Promise<ExitCode>;

const EXIT_CODES_HELP = `
Exit codes:
  0  ok
  1  a policy, gate or verification failed
  2  usage, configuration, or input and output
  3  unsupported, incomplete, untrusted or not found`;

function fail(io: CommandIo, error: unknown, json: boolean): ExitCode {
  const described = describeError(error);
  if (json) io.stdout.write(`${toJson({ error: described.json })}\n`);
  io.stderr.write(`spanforge: ${escapeText(described.text)}\n`);
  return described.exitCode;
}

function createRoot(io: CommandIo, json: boolean): Command {
  return new Command('spanforge')
    .description('Runtime governance for AI agents: decide, record, review, prove.')
    .version(io.version, '-V, --version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(add --help for the options of a command)')
    .addHelpText('after', EXIT_CODES_HELP)
    .configureOutput({
      writeOut: (text) => io.stdout.write(escapeText(text)),
      writeErr: (text) => io.stderr.write(escapeText(text)),
      outputError: (text, write) => {
        if (json) io.stdout.write(`${toJson({ error: usageError(text) })}\n`);
        write(text.replace(/^error:/, 'spanforge: CLI_USAGE:'));
      },
    });
}

function usageError(text: string): Readonly<Record<string, unknown>> {
  const message = text.replace(/^error: /, '').trim();
  return { code: 'CLI_USAGE', message, details: {} };
}

/**
 * The command line, over what it may touch of the process. Data goes to stdout, everything else to
 * stderr; with `--json` stdout is one document, also when it failed. No control character of
 * somebody else's text reaches either.
 */
export function createProgram(io: CommandIo): Run {
  return async (argv) => {
    let exitCode: ExitCode = EXIT.ok;
    const json = argv.includes('--json');
    const act: Act =
      (handler) =>
      async (...parts) => {
        const options = parts.at(-2) as Parameters<typeof handler>[1] & CommonOptions;
        const argument = parts.length > 2 ? String(parts[0] ?? '') : '';
        try {
          const result = await handler(io, options, argument);
          exitCode = result.exitCode;
          if (result.silent) return;
          io.stdout.write(`${options.json ? toJson(result.json) : escapeText(result.text)}\n`);
        } catch (error) {
          exitCode = fail(io, error, options.json === true);
        }
      };
    const root = createRoot(io, json);
    for (const add of [
      addSetupCommands,
      addPolicyCommands,
      addOperatorCommands,
      addLineageCommands,
      addMcpCommands,
      addAuditCommands,
      addValidateCommands,
    ]) {
      add(root, act);
    }
    try {
      await root.parseAsync([...argv], { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) return fail(io, error, json);
      if (error.code === 'commander.help' && json) {
        return fail(io, new CliError('CLI_USAGE', 'which command?'), json);
      }
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    return exitCode;
  };
}
