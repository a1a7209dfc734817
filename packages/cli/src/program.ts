import { Command, CommanderError, type Option } from 'commander';
import type { Act, CommonOptions } from './command.js';
import { describeError } from './describe-error.js';
import { CliError } from './error.js';
import { groupsFor } from './groups.js';
import { type CommandIo, EXIT, type ExitCode } from './io.js';
import { colourOutcomes } from './output/colour.js';
import { escapeText, toJson } from './output/escape.js';

/** Runs one command and returns its exit code; never throws. */
export type RunCommandLine = (argv: readonly string[]) => Promise<ExitCode>;

const EXIT_CODES_HELP = `
Exit codes:
  0  ok
  1  a policy, gate or verification failed
  2  the command line or the configuration is wrong, or a file could not be read or written
  3  unsupported, incomplete, untrusted or not found`;

/** The line of an option in the help: its text, and whether it is required or has a default. */
function describeOption({ description, mandatory, defaultValue }: Option): string {
  if (mandatory) return `${description} (required)`;
  return typeof defaultValue === 'string'
    ? `${description} (default: ${defaultValue})`
    : description;
}

async function fail(io: CommandIo, error: unknown, json: boolean): Promise<ExitCode> {
  const described = await describeError(error);
  if (json) io.stdout.write(`${toJson({ error: described.json })}\n`);
  io.stderr.write(`spanforge: ${escapeText(described.text)}\n`);
  return described.exitCode;
}

function textOf(io: CommandIo, text: string): string {
  const shown = escapeText(text);
  return io.colour ? colourOutcomes(shown) : shown;
}

function createRoot(io: CommandIo, json: boolean): Command {
  return new Command('spanforge')
    .description('Runtime governance for AI agents: decide, record, review, prove.')
    .version(io.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ optionDescription: describeOption })
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
 * Refuses an option whose value is `--` or another option of the command: its own value was forgotten, and
 * the other option would silently not count.
 */
function checkValues(options: object, command: Command): void {
  const known = new Set<string | null | undefined>([
    '--',
    ...command.options.map(({ long }) => long),
  ]);
  for (const option of command.options) {
    const given = (options as Readonly<Record<string, unknown>>)[option.attributeName()];
    const taken = (Array.isArray(given) ? given : [given]).find(
      (value) => typeof value === 'string' && known.has(value),
    );
    if (taken === undefined) continue;
    const name = option.long ?? option.attributeName();
    const details = { option: name };
    throw new CliError('CLI_USAGE', `${name}: expected a value before ${taken}`, { details });
  }
}

/** Passes `--tenant` and `--project` on to where the workspace is opened. */
function withTenancy(io: CommandIo, options: object): CommandIo {
  const { tenant, project } = options as {
    readonly tenant?: string | readonly string[];
    readonly project?: unknown;
  };
  if (tenant === undefined) return io;
  const tenants = typeof tenant === 'string' ? [tenant] : tenant;
  return {
    ...io,
    tenancy: { tenants, ...(typeof project === 'string' ? { project } : {}) },
  };
}

/**
 * Creates the command line over the given parts of the process. Data goes to stdout, everything
 * else to stderr; with `--json`, stdout is one JSON document, also after an error. Control
 * characters in data are escaped in both.
 */
export function createProgram(io: CommandIo): RunCommandLine {
  return async (argv) => {
    let exitCode: ExitCode = EXIT.ok;
    const json = argv.includes('--json');
    const act: Act =
      (handler) =>
      async (...parts) => {
        const options = parts.at(-2) as Parameters<typeof handler>[1] & CommonOptions;
        const argument = parts.length > 2 ? String(parts[0] ?? '') : '';
        try {
          checkValues(options, parts.at(-1) as Command);
          const result = await handler(withTenancy(io, options), options, argument);
          exitCode = result.exitCode;
          if (result.silent) return;
          io.stdout.write(`${options.json ? toJson(result.json) : textOf(io, result.text)}\n`);
        } catch (error) {
          exitCode = await fail(io, error, options.json === true);
        }
      };
    const root = createRoot(io, json);
    for (const { load } of groupsFor(argv)) (await load())(root, act);
    try {
      await root.parseAsync([...argv], { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) return fail(io, error, json);
      if (error.code === 'commander.help' && json) {
        return fail(
          io,
          new CliError('CLI_USAGE', 'expected a command; list them with: spanforge --help'),
          json,
        );
      }
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    return exitCode;
  };
}
