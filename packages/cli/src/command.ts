import type { Command } from 'commander';
import type { CommandIo, CommandResult } from './io.js';

/** Options of every command. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** Options of every command that works on a workspace. */
export interface StateOption {
  readonly state?: string;
}

/** Options of a command that can be limited to the evidence of one tenant. */
export interface TenantOption extends StateOption {
  readonly tenant?: string;
  readonly project?: string;
}

/** The body of a command: takes the options, returns the result. */
export type Handler<Options> = (
  io: CommandIo,
  options: Options,
  argument: string,
) => Promise<CommandResult>;

/** Adds commands to a parent; `act` turns a handler into an action. */
export type AddCommands = (parent: Command, act: Act) => void;

/** Turns a handler into an action, which runs it and prints its result or its error. */
export type Act = <Options>(handler: Handler<Options>) => (...parts: unknown[]) => Promise<void>;

/** Adds a command with `--json`. */
export function addCommand(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'print one JSON document, errors too');
}

/** Adds a command with `--state` and `--json`. */
export function addStateCommand(parent: Command, usage: string, description: string): Command {
  return addCommand(parent, usage, description).option(
    '--state <folder>',
    'the workspace folder (default: .spanforge)',
  );
}

/** Adds a command that can be limited to one tenant and one of its projects. */
export function addTenantCommand(parent: Command, usage: string, description: string): Command {
  return addStateCommand(parent, usage, description)
    .option('--tenant <name>', 'only evidence of this tenant')
    .option('--project <name>', 'only evidence this project may see (with --tenant)');
}
