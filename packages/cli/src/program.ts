import { Command, CommanderError } from 'commander';
import { auditFsck } from './commands/audit.js';
import { doctor } from './commands/doctor.js';
import { init, keysInit } from './commands/init.js';
import {
  operatorExport,
  operatorInspect,
  operatorResolve,
  operatorReviews,
  operatorVerify,
} from './commands/operator.js';
import { policyReplay } from './commands/replay.js';
import { describeError } from './describe-error.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from './io.js';

/** Runs one command; gives its exit code, and never throws. */
export type Run = (argv: readonly string[]) => Promise<ExitCode>;

const collect = (value: string, earlier: readonly string[]): readonly string[] => [
  ...earlier,
  value,
];

/** A command group, such as `operator`, that shows its help when it is called alone. */
function group(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description);
}

/** Options every command has. */
function common(command: Command): Command {
  return command
    .option('--state <folder>', 'the workspace folder (default: .spanforge)')
    .option('--json', 'print one JSON document');
}

type Handler<Options> = (
  io: CommandIo,
  options: Options,
  ...args: string[]
) => Promise<CommandResult>;

/**
 * The command line, over what it may touch of the process. Data goes to stdout, everything else to
 * stderr; `--json` prints one document, with strings escaped so that no control character of
 * somebody else's text reaches a terminal.
 */
export function createProgram(io: CommandIo): Run {
  let exitCode: ExitCode = EXIT.ok;
  const program = new Command('spanforge')
    .description('Runtime governance for AI agents: decide, record, review, prove.')
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });

  const act =
    <Options>(handler: Handler<Options>) =>
    async (...parts: unknown[]): Promise<void> => {
      const options = parts.at(-2) as Options & { readonly json?: boolean };
      const args = parts.slice(0, -2) as string[];
      try {
        const result = await handler(io, options, ...args);
        exitCode = result.exitCode;
        io.stdout.write(`${options.json ? toJson(result.json) : result.text}\n`);
      } catch (error) {
        const described = describeError(error);
        exitCode = described.exitCode;
        if (options.json) io.stdout.write(`${toJson({ error: described.json })}\n`);
        io.stderr.write(`spanforge: ${described.text}\n`);
      }
    };

  common(program.command('init').description('make a workspace with its keys'))
    .option('--origin <name>', 'name of the evidence log, as checkpoints carry it')
    .option('--tenant <name>', 'tenant of this workspace')
    .option('--project <name>', 'project of this workspace')
    .option('--environment <name>', 'environment, such as prod')
    .option('--no-hmac', 'sign by checkpoints alone')
    .action(act(init));
  common(program.command('doctor').description('look for what is wrong with a workspace')).action(
    act(doctor),
  );

  const keys = group(program, 'keys', 'the keys of a workspace');
  common(keys.command('init').description('make the keys of a workspace that has none')).action(
    act(keysInit),
  );

  const policy = group(program, 'policy', 'policies over recorded traffic');
  common(
    policy
      .command('replay')
      .description('govern recorded runs by a bundle, without running anything'),
  )
    .requiredOption('--runs <file>', 'recorded runs, one JSON object per line')
    .requiredOption('--policy <file>', 'the bundle, YAML or JSON')
    .option('--report <file>', 'where each decision goes, one JSON object per line')
    .option('--at <time>', "judge every call at this time (default: the bundle's effective_at)")
    .option('--agent <id>', 'the agent the calls are judged as')
    .option('--actor <id>', 'the actor the calls are judged for')
    .action(act(policyReplay));

  const operator = group(program, 'operator', 'inspect, review, export, verify');
  common(
    operator.command('inspect <trace>').description('what happened in a trace, and why'),
  ).action(act(operatorInspect));
  common(
    operator.command('export <trace>').description('make a signed evidence package of a trace'),
  )
    .requiredOption('--output <path>', 'x.json, x.zip, or a folder')
    .option(
      '--disclose <names>',
      'values the recipient may see: all, none, or names with commas',
      'none',
    )
    .option('--since <file>', 'a checkpoint the recipient kept')
    .action(act(operatorExport));
  common(
    operator
      .command('verify <package>')
      .description('verify a package against keys from outside it'),
  )
    .option('--key <file>', 'a trusted key, JWKS or vkey; may be repeated', collect, [])
    .option('--origin <name>', 'the log the package must be from, where no vkey says it')
    .option('--since <file>', 'a checkpoint you kept: the log must extend it')
    .action(act(operatorVerify));
  common(
    operator.command('reviews').description('calls that wait, or waited, for a person'),
  ).action(act(operatorReviews));
  for (const [name, resolution] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const) {
    common(operator.command(`${name} <review>`).description(`${name} a held call`))
      .requiredOption('--reviewer <id>', 'who decides; never who asked')
      .option('--note <text>', 'why')
      .action(
        act((from, options: ResolveOptions, review) =>
          operatorResolve(from, { ...options, resolution }, review ?? ''),
        ),
      );
  }

  const audit = group(program, 'audit', 'check evidence');
  common(audit.command('fsck').description('check a whole log, record by record')).action(
    act(auditFsck),
  );
  common(audit.command('verify <package>').description('as operator verify'))
    .option('--key <file>', 'a trusted key, JWKS or vkey; may be repeated', collect, [])
    .option('--origin <name>', 'the log the package must be from, where no vkey says it')
    .option('--since <file>', 'a checkpoint you kept: the log must extend it')
    .action(act(operatorVerify));

  return async (argv) => {
    try {
      await program.parseAsync([...argv], { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    return exitCode;
  };
}

interface ResolveOptions {
  readonly json?: boolean;
  readonly state?: string;
  readonly reviewer: string;
  readonly note?: string;
}

/** JSON whose strings, keys among them, carry no raw control or direction character. */
function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) =>
      Array.from(
        { length: character.length },
        (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
      ).join(''),
  );
}
